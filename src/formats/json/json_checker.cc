#include "formats/json/json_checker.h"

namespace laminar::formats {

JsonChecker::JsonChecker()
    : nothing_("", data::LogicalType::SQLNULL, /*may_be_null=*/true, {}),
      reader_(nothing_, JsonReader::RecordForm::kValue) {}

bool JsonChecker::Check(std::string_view text, std::string& reason) {
  line_.assign(text);
  line_ += '\n';
  const JsonIndex::Fault fault = index_.Build(line_);
  if (fault != JsonIndex::Fault::kNone) {
    reason = "not JSON: " + std::string(Describe(fault));
    return false;
  }
  reader_.Start(line_, index_);
  if (!reader_.ReadRecord(0)) {
    reason = reader_.reason();
    return false;
  }
  if (!reader_.at_end()) {
    reason = "not JSON: more text follows the value";
    return false;
  }
  return true;
}

}  // namespace laminar::formats
