#include "data/distinct_names.h"

#include <set>
#include <utility>

#include "data/ascii.h"

namespace laminar::data {

std::vector<std::string> DistinctNames(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  std::set<std::string> taken;
  for (const std::string& name : names) {
    std::string distinct = name;
    for (int number = 2; !taken.insert(AsciiLower(distinct)).second; ++number) {
      distinct = name + "_" + std::to_string(number);
    }
    result.push_back(std::move(distinct));
  }
  return result;
}

}  // namespace laminar::data
