// What benchmarks of formats share: bids like those of Nexmark as JSON and CSV, and measured runs.
#ifndef LAMINAR_BENCH_MICRO_FORMATS_FOR_BENCH_H_
#define LAMINAR_BENCH_MICRO_FORMATS_FOR_BENCH_H_

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"
#include "formats/decoder.h"

namespace laminar::bench {

inline constexpr int64_t kBids = 200'000;

inline data::Schema BidSchema() {
  data::Schema schema;
  schema.fields = {{"auction", data::LogicalType::BIGINT}, {"bidder", data::LogicalType::BIGINT},
                   {"price", data::LogicalType::BIGINT},   {"channel", data::LogicalType::VARCHAR},
                   {"url", data::LogicalType::VARCHAR},    {"ts", data::LogicalType::TIMESTAMP},
                   {"extra", data::LogicalType::VARCHAR}};
  return schema;
}

/// The values of bid `i`, in the order of BidSchema.
inline std::vector<std::string> BidValues(int64_t i) {
  const uint64_t word = static_cast<uint64_t>(i + 1) * 0x9E3779B97F4A7C15;
  char time[32];
  const auto millis = static_cast<int>(i % 1000);
  const auto seconds = static_cast<int>(i / 1000 % 3600);
  std::snprintf(time, sizeof(time), "2023-07-15T%02d:%02d:%02d.%03dZ", 10, seconds / 60,
                seconds % 60, millis);
  const std::string channel = "channel-" + std::to_string(word >> 20 & 8191);
  return {std::to_string(1000 + (word & 0xFFF)),
          std::to_string(1000 + (word >> 12 & 0xFFFF)),
          std::to_string(word >> 40),
          channel,
          "https://www.nexmark.com/" + channel + "/item.htm?query=1",
          time,
          std::string("abcdefghijklmnopqrstuvwxyz").substr(word % 13) + " words"};
}

inline std::string BidJson(int64_t i) {
  const std::vector<std::string> v = BidValues(i);
  return "{\"auction\":" + v[0] + ",\"bidder\":" + v[1] + ",\"price\":" + v[2] + ",\"channel\":\"" +
         v[3] + "\",\"url\":\"" + v[4] + "\",\"ts\":\"" + v[5] + "\",\"extra\":\"" + v[6] + "\"}\n";
}

inline std::string BidCsv(int64_t i) {
  std::string line;
  for (const std::string& value : BidValues(i)) {
    line += (line.empty() ? "" : ",") + value;
  }
  return line + "\n";
}

inline std::string AllBids(std::string (*line)(int64_t)) {
  std::string text;
  for (int64_t i = 0; i < kBids; ++i) {
    text += line(i);
  }
  return text;
}

/// Runs `work` over `bytes` and `records` some times and prints the best; returns records per
/// CPU-second.
inline double Measure(const char* name,
                      int64_t bytes,
                      int64_t records,
                      const std::function<void()>& work) {
  constexpr int kRuns = 7;
  int64_t best = INT64_MAX;
  for (int i = 0; i < kRuns; ++i) {
    const int64_t begin = base::ThreadCpuNanos();
    work();
    best = std::min(best, base::ThreadCpuNanos() - begin);
  }
  const double seconds = static_cast<double>(best) / 1e9;
  std::printf("%-44s %7.2f M records per CPU-second, %7.1f MB/s\n", name,
              static_cast<double>(records) / seconds / 1e6,
              static_cast<double>(bytes) / seconds / 1e6);
  return static_cast<double>(records) / seconds;
}

/// Fails the run on any bad record.
class NoBadRecords final : public formats::BadRecordHandler {
 public:
  absl::Status Handle(const formats::BadRecord& record) override {
    return base::DataLoss(record.error);
  }
};

/// Decodes all of `text`, a mebibyte at a time, into chunks of `types`; returns the rows.
inline int64_t DecodeAll(formats::Decoder& decoder,
                         const std::string& text,
                         const std::vector<data::LogicalType>& types) {
  constexpr size_t kPieceBytes = 1 << 20;
  int64_t num_rows = 0;
  size_t begin = 0;
  data::Chunk chunk = data::Chunk::Allocate(types);
  decoder.StartInput();
  while (begin < text.size()) {
    const size_t length = std::min(kPieceBytes, text.size() - begin);
    const auto used = decoder.Decode({text.data() + begin, length}, static_cast<int64_t>(begin),
                                     begin + length == text.size(), chunk);
    if (!used.ok()) {
      std::printf("%s\n", used.status().ToString().c_str());
      return 0;
    }
    begin += *used;
    if (chunk.num_rows() > 0) {
      num_rows += static_cast<int64_t>(chunk.num_rows());
      chunk = data::Chunk::Allocate(types);
    }
  }
  return num_rows;
}

}  // namespace laminar::bench

#endif  // LAMINAR_BENCH_MICRO_FORMATS_FOR_BENCH_H_
