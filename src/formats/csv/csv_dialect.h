// CsvDialect: how one kind of CSV is written; read from a checked WITH clause. Plain data.
#ifndef LAMINAR_FORMATS_CSV_CSV_DIALECT_H_
#define LAMINAR_FORMATS_CSV_CSV_DIALECT_H_

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/options.h"

namespace laminar::formats {

struct CsvDialect {
  enum class Header {
    kAuto,  // reading: by whether the first record holds names of columns; writing: yes
    kYes,
    kNo,
  };

  char delimiter = ',';
  std::optional<char> quote = '"';
  std::optional<char> escape = '"';  // of a quote inside quotes; the quote itself: it is doubled
  std::optional<char> comment;       // lines that begin with it are left out
  std::string null_text;             // unquoted, it means NULL
  Header header = Header::kAuto;

  static std::vector<data::OptionSpec> Specs();
  /// Unset options have their defaults; InvalidArgument when they contradict each other.
  static absl::StatusOr<CsvDialect> From(const data::Options& format_options);
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_CSV_DIALECT_H_
