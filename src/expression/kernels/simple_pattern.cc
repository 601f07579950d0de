#include "expression/kernels/simple_pattern.h"

#include <array>
#include <utility>

#include "expression/kernels/regex_characters.h"
#include "expression/kernels/string_search.h"

namespace laminar::expression {

using CharacterSet = std::bitset<256>;

namespace {

void AddRange(CharacterSet& set, char first, char last) {
  for (int c = static_cast<unsigned char>(first); c <= static_cast<unsigned char>(last); ++c) {
    set.set(static_cast<size_t>(c));
  }
}

}  // namespace

// Reads a regular expression from left to right; any step returns false when the form is not
// understood.
class SimplePattern::Parser {
 public:
  explicit Parser(std::string_view regex) : regex_(regex) {}

  std::optional<SimplePattern> Parse() {
    if (!ReadPrefix() || !ReadSteps() || at_ != regex_.size()) {
      return std::nullopt;
    }
    const auto& steps = pattern_.steps_;
    if (steps.empty() || steps[0].is_class || !IsDeterministic()) {
      return std::nullopt;
    }
    return std::move(pattern_);
  }

 private:
  bool AtEnd() const { return at_ >= regex_.size(); }
  bool Sees(char c) const { return !AtEnd() && regex_[at_] == c; }
  bool Take(char c) {
    if (!Sees(c)) {
      return false;
    }
    ++at_;
    return true;
  }

  // `(x|y|^)`, `^`, or nothing. A group that is no such list is left for ReadSteps.
  bool ReadPrefix() {
    if (Take('^')) {
      pattern_.prefix_.present = true;
      pattern_.prefix_.at_start = true;
      return true;
    }
    const size_t start = at_;
    if (!Take('(')) {
      return true;
    }
    const bool captures = regex_.substr(at_, 2) != "?:";
    at_ += captures ? 0 : 2;
    SimplePattern::Prefix prefix;
    prefix.present = true;
    bool complete = false;
    while (!complete && ReadAlternative(prefix)) {
      if (Take(')')) {
        complete = true;
      } else if (!Take('|')) {
        break;
      }
    }
    if (!complete || IsQuantifier()) {
      at_ = start;
      return true;
    }
    pattern_.prefix_ = prefix;
    if (captures) {
      pattern_.prefix_group_ = ++pattern_.num_groups_;
    }
    return true;
  }

  bool ReadAlternative(SimplePattern::Prefix& prefix) {
    if (Take('^')) {
      prefix.at_start = true;
      return true;
    }
    char c = 0;
    if (!ReadLiteral(c)) {
      return false;
    }
    prefix.characters.set(static_cast<unsigned char>(c));
    return Sees('|') || Sees(')');
  }

  // One ASCII character that stands for itself.
  bool ReadLiteral(char& c) {
    if (AtEnd() || !IsAsciiCharacter(regex_[at_])) {
      return false;
    }
    if (regex_[at_] == '\\') {
      if (at_ + 1 >= regex_.size() || IsLetterOrDigit(regex_[at_ + 1]) ||
          !IsAsciiCharacter(regex_[at_ + 1])) {
        return false;
      }
      c = regex_[at_ + 1];
      at_ += 2;
      return true;
    }
    if (IsSpecial(regex_[at_])) {
      return false;
    }
    c = regex_[at_++];
    return true;
  }

  bool IsQuantifier() const { return Sees('*') || Sees('+') || Sees('?') || Sees('{'); }

  bool ReadSteps() {
    while (!AtEnd()) {
      if (Sees('$') && at_ + 1 == regex_.size()) {
        ++at_;
        pattern_.at_end_ = true;
        return true;
      }
      if (Take('(')) {
        const bool captures = regex_.substr(at_, 2) != "?:";
        if (!captures) {
          return false;
        }
        const int group = ++pattern_.num_groups_;
        const size_t first = pattern_.steps_.size();
        while (!AtEnd() && !Sees(')')) {
          if (!ReadStep()) {
            return false;
          }
        }
        if (!Take(')') || IsQuantifier() || pattern_.steps_.size() == first) {
          return false;
        }
        pattern_.steps_[first].opens = group;
        pattern_.steps_.back().closes = group;
        continue;
      }
      if (!ReadStep()) {
        return false;
      }
    }
    return true;
  }

  bool ReadStep() {
    SimplePattern::Step step;
    if (ReadClass(step.characters)) {
      step.is_class = true;
      if (Take('+')) {
        step.at_least_one = true;
      } else if (!Take('*')) {
        return false;
      }
      if (IsQuantifier()) {
        return false;
      }
      pattern_.steps_.push_back(std::move(step));
      return true;
    }
    char c = 0;
    while (ReadLiteral(c)) {
      step.text += c;
    }
    if (step.text.empty() || IsQuantifier()) {
      return false;
    }
    pattern_.steps_.push_back(std::move(step));
    return true;
  }

  // `[...]`, `.`, `\d`, `\w`; over ASCII, and for those that exclude also everything beyond it.
  bool ReadClass(CharacterSet& set) {
    if (Take('.')) {
      set.set();
      set.reset('\n');
      return true;
    }
    if (Sees('\\') && at_ + 1 < regex_.size() && ReadShorthand(regex_[at_ + 1], set)) {
      at_ += 2;
      return true;
    }
    if (!Sees('[')) {
      return false;
    }
    const size_t start = at_++;
    const bool excludes = Take('^');
    bool first = true;
    while (!AtEnd() && (first || !Sees(']'))) {
      first = false;
      char from = 0;
      if (!ReadMember(from, set)) {
        at_ = start;
        return false;
      }
    }
    if (!Take(']')) {
      at_ = start;
      return false;
    }
    if (excludes) {
      set.flip();
    }
    return true;
  }

  bool ReadMember(char& from, CharacterSet& set) {
    if (AtEnd() || !IsAsciiCharacter(regex_[at_]) || regex_[at_] == '[' || regex_[at_] == ']') {
      return false;
    }
    if (regex_[at_] == '\\') {
      if (at_ + 1 >= regex_.size()) {
        return false;
      }
      if (ReadShorthand(regex_[at_ + 1], set)) {
        at_ += 2;
        return true;
      }
      if (IsLetterOrDigit(regex_[at_ + 1]) || !IsAsciiCharacter(regex_[at_ + 1])) {
        return false;
      }
      ++at_;
    }
    from = regex_[at_++];
    if (Sees('-') && at_ + 1 < regex_.size() && regex_[at_ + 1] != ']') {
      const char last = regex_[at_ + 1];
      if (!IsAsciiCharacter(last) || last == '\\' || last == '[' || last < from) {
        return false;
      }
      AddRange(set, from, last);
      at_ += 2;
      return true;
    }
    set.set(static_cast<unsigned char>(from));
    return true;
  }

  static bool ReadShorthand(char c, CharacterSet& set) {
    if (c != 'd' && c != 'w') {
      return false;
    }
    AddRange(set, '0', '9');
    if (c == 'w') {
      AddRange(set, 'a', 'z');
      AddRange(set, 'A', 'Z');
      set.set('_');
    }
    return true;
  }

  // A class takes all it can; that is the only way to match when what follows cannot begin inside
  // it.
  bool IsDeterministic() const {
    const auto& steps = pattern_.steps_;
    for (size_t i = 0; i < steps.size(); ++i) {
      if (!steps[i].is_class) {
        continue;
      }
      if (i + 1 < steps.size() &&
          (steps[i + 1].is_class ||
           steps[i].characters.test(static_cast<unsigned char>(steps[i + 1].text[0])))) {
        return false;
      }
    }
    return true;
  }

  const std::string_view regex_;
  size_t at_ = 0;
  SimplePattern pattern_;
};

std::optional<SimplePattern> SimplePattern::Parse(std::string_view regex) {
  return Parser(regex).Parse();
}

std::optional<std::string_view> SimplePattern::Match(std::string_view text, int group) const {
  for (size_t found = FindText(text, steps_[0].text, 0); found != kNotFound;
       found = FindText(text, steps_[0].text, found + 1)) {
    size_t start = found;
    std::string_view captured;
    if (prefix_.present) {
      if (found > 0 && prefix_.characters.test(static_cast<unsigned char>(text[found - 1]))) {
        start = found - 1;
      } else if (found > 0 || !prefix_.at_start) {
        continue;
      }
      if (prefix_group_ == group) {
        captured = text.substr(start, found - start);
      }
    }
    size_t at = found;
    size_t opened = found;
    bool matches = true;
    for (const Step& step : steps_) {
      if (step.opens == group) {
        opened = at;
      }
      if (step.is_class) {
        const size_t begin = at;
        while (at < text.size() && step.characters.test(static_cast<unsigned char>(text[at]))) {
          ++at;
        }
        matches = !step.at_least_one || at > begin;
      } else {
        matches = text.compare(at, step.text.size(), step.text) == 0;
        at += step.text.size();
      }
      if (!matches) {
        break;
      }
      if (step.closes == group) {
        captured = text.substr(opened, at - opened);
      }
    }
    if (!matches || (at_end_ && at != text.size())) {
      continue;
    }
    return group == 0 ? text.substr(start, at - start) : captured;
  }
  return std::nullopt;
}

}  // namespace laminar::expression
