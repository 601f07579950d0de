// Files below folders and those that patterns name; the declarations are in base/file.h.
#include <algorithm>
#include <sys/stat.h>
#include <utility>

#include "base/file.h"

namespace laminar::base {
namespace {

// Not for links to folders.
bool IsFolderEntry(const std::string& path) {
  struct stat data{};
  return lstat(path.c_str(), &data) == 0 && S_ISDIR(data.st_mode);
}

bool IsFileEntry(const std::string& path) {
  struct stat data{};
  return stat(path.c_str(), &data) == 0 && !S_ISDIR(data.st_mode);
}

bool MatchBracket(std::string_view pattern, size_t& at, char c) {
  size_t i = at + 1;
  bool negated = false;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) {
    negated = true;
    ++i;
  }
  bool matched = false;
  const size_t first = i;
  while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      matched |= pattern[i] <= c && c <= pattern[i + 2];
      i += 3;
    } else {
      matched |= pattern[i] == c;
      ++i;
    }
  }
  if (i >= pattern.size()) {
    // No closing bracket: an ordinary character.
    ++at;
    return c == '[';
  }
  at = i + 1;
  return matched != negated;
}

// Matches one path component, with backtracking to the last star only.
bool MatchName(std::string_view pattern, std::string_view name) {
  if (IsHiddenName(name) && !pattern.starts_with(name[0])) {
    return false;
  }
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size()) {
      size_t next = p + 1;
      bool matched = pattern[p] == '?' || pattern[p] == name[n];
      if (pattern[p] == '[') {
        next = p;
        matched = MatchBracket(pattern, next, name[n]);
      }
      if (matched) {
        p = next;
        ++n;
        continue;
      }
    }
    if (star == std::string_view::npos) {
      return false;
    }
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (start <= path.size()) {
    size_t end = path.find('/', start);
    if (end == std::string_view::npos) {
      end = path.size();
    }
    if (end > start) {
      parts.emplace_back(path.substr(start, end - start));
    }
    start = end + 1;
  }
  return parts;
}

// All folders at and below `folder`, links not followed, hidden names left out.
absl::Status AddFoldersBelow(const std::string& folder, std::vector<std::string>& folders) {
  std::vector<std::string> open = {folder};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    folders.push_back(next);
    LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFolder(next.empty() ? "." : next));
    for (const std::string& name : names) {
      const std::string path = JoinPath(next, name);
      if (!IsHiddenName(name) && IsFolderEntry(path)) {
        open.push_back(path);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsHiddenName(std::string_view name) {
  return name.starts_with('.') ||
         (name.starts_with('_') && name.find('=') == std::string_view::npos);
}

absl::StatusOr<std::vector<std::string>> ListFilesBelow(const std::string& path) {
  std::vector<std::string> open = {path};
  std::vector<std::string> files;
  while (!open.empty()) {
    const std::string folder = std::move(open.back());
    open.pop_back();
    LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFolder(folder));
    for (const std::string& name : names) {
      const std::string below = JoinPath(folder, name);
      if (IsHiddenName(name)) {
        continue;
      }
      if (IsFolderEntry(below)) {
        open.push_back(below);
      } else if (IsFileEntry(below)) {
        files.push_back(below);
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool HasGlobCharacters(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

absl::StatusOr<std::vector<std::string>> Glob(const std::string& pattern) {
  std::vector<std::string> candidates = {pattern.starts_with('/') ? "/" : ""};
  const std::vector<std::string> parts = SplitPath(pattern);
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    std::vector<std::string> matches;
    for (const std::string& folder : candidates) {
      if (!HasGlobCharacters(parts[i])) {
        const std::string path = JoinPath(folder, parts[i]);
        if (last ? IsFileEntry(path) : IsFolder(path)) {
          matches.push_back(path);
        }
        continue;
      }
      if (parts[i] == "**" && !last) {
        LAMINAR_RETURN_IF_ERROR(AddFoldersBelow(folder, matches));
        continue;
      }
      LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names,
                               ListFolder(folder.empty() ? "." : folder));
      for (const std::string& name : names) {
        const std::string path = JoinPath(folder, name);
        if (MatchName(parts[i], name) && (last ? IsFileEntry(path) : IsFolder(path))) {
          matches.push_back(path);
        }
      }
    }
    candidates = std::move(matches);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace laminar::base
