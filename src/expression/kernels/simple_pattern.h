// SimplePattern: regular expressions of one common form, matched without an engine: something
// before (a character or the start), a fixed text, and what follows it up to a character that ends
// it, such as `(&|^)id=([^&]*)`. Same matches as leftmost-first engines give. Immutable; any
// thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_SIMPLE_PATTERN_H_
#define LAMINAR_EXPRESSION_KERNELS_SIMPLE_PATTERN_H_

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laminar::expression {

class SimplePattern {
 public:
  /// Understands `regex`, or returns nullopt when it has another form. It matches text in UTF-8.
  static std::optional<SimplePattern> Parse(std::string_view regex);

  int num_groups() const { return num_groups_; }
  /// The text of a group of the leftmost match (0: the whole match), a part of `text`; nullopt when
  /// nothing matches. A group that took no part in the match is empty. REQUIRES: 0 <= group <=
  /// num_groups().
  std::optional<std::string_view> Match(std::string_view text, int group) const;

 private:
  class Parser;  // its members may make one piece by piece

  // `(a|b|^)` or nothing.
  struct Prefix {
    bool present = false;
    bool at_start = false;        // `^` is among the alternatives
    std::bitset<256> characters;  // the others
  };
  // A repeated class, or a fixed text.
  struct Step {
    bool is_class = false;
    std::bitset<256> characters;
    bool at_least_one = false;
    std::string text;
    int opens = -1;   // group that begins before this step
    int closes = -1;  // group that ends behind it
  };

  Prefix prefix_;
  int prefix_group_ = -1;
  std::vector<Step> steps_;  // the first one is the text that is searched for
  bool at_end_ = false;      // `$`
  int num_groups_ = 0;
};

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_SIMPLE_PATTERN_H_
