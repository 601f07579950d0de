// CSV: records decoded and encoded in a second of one core, beside the scan for delimiters alone.
#include <cstdio>

#include "bench/micro/formats_for_bench.h"
#include "formats/csv/csv_decoder.h"
#include "formats/csv/csv_encoder.h"

namespace laminar::bench {
namespace {

void Run() {
  const std::string text = AllBids(BidCsv);
  const auto bytes = static_cast<int64_t>(text.size());
  std::printf("CSV, %lld bids of %lld bytes\n", static_cast<long long>(kBids),
              static_cast<long long>(bytes / kBids));
  const double bare = Measure("scan only", bytes, kBids, [&] {
    formats::CsvScanner scanner({});
    constexpr size_t kWindow = 64 * 1024;
    size_t begin = 0;
    while (begin < text.size()) {
      scanner.Start(std::string_view(text).substr(begin, kWindow));
      while (scanner.Next() == formats::CsvScanner::Result::kRecord) {
      }
      begin += scanner.record_begin();
    }
  });
  const data::Schema schema = BidSchema();
  NoBadRecords handler;
  formats::CsvDecoder all(schema.fields, {0, 1, 2, 3, 4, 5, 6}, {}, handler);
  int64_t num_rows = 0;
  const double decoded = Measure("decode, 7 columns", bytes, kBids,
                                 [&] { num_rows = DecodeAll(all, text, schema.Types()); });
  formats::CsvDecoder three(schema.fields, {0, 1, 2}, {}, handler);
  Measure("decode, 3 columns of numbers", bytes, kBids, [&] {
    DecodeAll(three, text, {schema.fields[0].type, schema.fields[1].type, schema.fields[2].type});
  });
  std::printf("decoded %lld rows; ratio to the scan %.2f\n", static_cast<long long>(num_rows),
              decoded / bare);

  data::Chunk chunk = data::Chunk::Allocate(schema.Types());
  all.StartInput();
  all.Decode(text, 0, true, chunk).status().IgnoreError();
  formats::CsvEncoder encoder(schema, {});
  std::string out;
  const int64_t rounds = kBids / static_cast<int64_t>(chunk.num_rows());
  Measure("encode, 7 columns", bytes, rounds * static_cast<int64_t>(chunk.num_rows()), [&] {
    for (int64_t i = 0; i < rounds; ++i) {
      out.clear();
      encoder.Encode(chunk, out).IgnoreError();
    }
  });
}

}  // namespace
}  // namespace laminar::bench

int main() {
  laminar::bench::Run();
  return 0;
}
