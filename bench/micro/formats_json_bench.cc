// JSON: records decoded and encoded in a second of one core, beside what bare simdjson does with
// the same bytes: its first stage alone, its document tree, and its on-demand interface reading the
// same seven fields.
#include <cstdio>

#include <simdjson.h>

#include "bench/micro/formats_for_bench.h"
#include "formats/json/json_decoder.h"
#include "formats/json/json_encoder.h"

namespace laminar::bench {
namespace {

// Keeps a result from being optimised away.
volatile uint64_t sink = 0;

void StageOne(const std::string& text) {
  formats::JsonIndex index;
  constexpr size_t kWindow = 64 * 1024;
  uint64_t total = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(begin + kWindow, text.size());
    end = text.rfind('\n', end - 1) + 1;
    index.Build(std::string_view(text).substr(begin, end - begin));
    total += index.size();
    begin = end;
  }
  sink = total;
}

void Tree(const simdjson::padded_string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::document_stream stream;
  if (parser.parse_many(text, 1 << 20).get(stream) != simdjson::SUCCESS) {
    return;
  }
  uint64_t total = 0;
  for (auto document : stream) {
    total += document.value_unsafe().get_object().value_unsafe().size();
  }
  sink = total;
}

void OnDemand(const simdjson::padded_string& text) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document_stream stream;
  if (parser.iterate_many(text, 1 << 20).get(stream) != simdjson::SUCCESS) {
    return;
  }
  uint64_t total = 0;
  for (auto document : stream) {
    auto object = document.get_object().value_unsafe();
    total += object.find_field("auction").get_uint64().value_unsafe();
    total += object.find_field("bidder").get_uint64().value_unsafe();
    total += object.find_field("price").get_uint64().value_unsafe();
    total += object.find_field("channel").get_string().value_unsafe().size();
    total += object.find_field("url").get_string().value_unsafe().size();
    total += object.find_field("ts").get_string().value_unsafe().size();
    total += object.find_field("extra").get_string().value_unsafe().size();
  }
  sink = total;
}

void Run() {
  const std::string text = AllBids(BidJson);
  const simdjson::padded_string padded(text);
  const auto bytes = static_cast<int64_t>(text.size());
  std::printf("JSON, %lld bids of %lld bytes\n", static_cast<long long>(kBids),
              static_cast<long long>(bytes / kBids));
  const double stage = Measure("simdjson, first stage only", bytes, kBids, [&] { StageOne(text); });
  Measure("simdjson, document tree", bytes, kBids, [&] { Tree(padded); });
  const double bare =
      Measure("simdjson, on demand, 7 fields", bytes, kBids, [&] { OnDemand(padded); });

  const data::Schema schema = BidSchema();
  NoBadRecords handler;
  formats::JsonDecoder all(schema.fields, {}, handler);
  int64_t num_rows = 0;
  const double decoded = Measure("decode, 7 columns", bytes, kBids,
                                 [&] { num_rows = DecodeAll(all, text, schema.Types()); });
  formats::JsonDecoder three({schema.fields[0], schema.fields[1], schema.fields[2]}, {}, handler);
  Measure("decode, 3 columns of numbers", bytes, kBids, [&] {
    DecodeAll(three, text, {schema.fields[0].type, schema.fields[1].type, schema.fields[2].type});
  });
  std::printf("decoded %lld rows; ratio to on demand %.2f, to the first stage %.2f\n",
              static_cast<long long>(num_rows), decoded / bare, decoded / stage);

  data::Chunk chunk = data::Chunk::Allocate(schema.Types());
  formats::JsonDecoder filler(schema.fields, {}, handler);
  filler.Decode(text, 0, true, chunk).status().IgnoreError();
  formats::JsonEncoder encoder(schema, {});
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
