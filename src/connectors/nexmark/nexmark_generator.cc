#include "connectors/nexmark/nexmark_generator.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors::nexmark {
namespace {

using data::LogicalType;
using data::Vector;
using duckdb::FlatVector;
using duckdb::string_t;

// Most bytes that the strings of one event take in an arena, without the overrun of the last.
constexpr int64_t kPersonArenaBytes = 512;
constexpr int64_t kAuctionArenaBytes = 768;
constexpr int64_t kBidArenaBytes = 84;
// Numbers and times of an event, as the standard generator counts them: 8 bytes each.
constexpr int64_t kBidNumberBytes = 32;
constexpr int64_t kAuctionNumberBytes = 48;
constexpr int64_t kPersonNumberBytes = 8;

enum PersonField {
  kPersonId,
  kPersonName,
  kEmail,
  kCreditCard,
  kCity,
  kState,
  kPersonTime,
  kPersonExtra
};
enum AuctionField {
  kAuctionId,
  kItemName,
  kDescription,
  kInitialBid,
  kReserve,
  kAuctionTime,
  kExpires,
  kSeller,
  kCategory,
  kAuctionExtra
};
enum BidField { kBidAuction, kBidder, kPrice, kChannel, kUrl, kBidTime, kBidExtra };

LogicalType PersonType() {
  return LogicalType::STRUCT({{"id", LogicalType::BIGINT},
                              {"name", LogicalType::VARCHAR},
                              {"email_address", LogicalType::VARCHAR},
                              {"credit_card", LogicalType::VARCHAR},
                              {"city", LogicalType::VARCHAR},
                              {"state", LogicalType::VARCHAR},
                              {"datetime", LogicalType::TIMESTAMP},
                              {"extra", LogicalType::VARCHAR}});
}

LogicalType AuctionType() {
  return LogicalType::STRUCT({{"id", LogicalType::BIGINT},
                              {"item_name", LogicalType::VARCHAR},
                              {"description", LogicalType::VARCHAR},
                              {"initial_bid", LogicalType::BIGINT},
                              {"reserve", LogicalType::BIGINT},
                              {"datetime", LogicalType::TIMESTAMP},
                              {"expires", LogicalType::TIMESTAMP},
                              {"seller", LogicalType::BIGINT},
                              {"category", LogicalType::BIGINT},
                              {"extra", LogicalType::VARCHAR}});
}

LogicalType BidType() {
  return LogicalType::STRUCT({{"auction", LogicalType::BIGINT},
                              {"bidder", LogicalType::BIGINT},
                              {"price", LogicalType::BIGINT},
                              {"channel", LogicalType::VARCHAR},
                              {"url", LogicalType::VARCHAR},
                              {"datetime", LogicalType::TIMESTAMP},
                              {"extra", LogicalType::VARCHAR}});
}

// The flat children of a struct vector, as plain arrays.
class Fields {
 public:
  explicit Fields(Vector& column) : children_(duckdb::StructVector::GetEntries(column)) {}
  int64_t* Numbers(int field) const {
    return reinterpret_cast<int64_t*>(children_[field]->GetData());
  }
  string_t* Strings(int field) const {
    return reinterpret_cast<string_t*>(children_[field]->GetData());
  }
  Vector& child(int field) const { return *children_[field]; }
  int size() const { return static_cast<int>(children_.size()); }

 private:
  duckdb::vector<duckdb::unique_ptr<Vector>>& children_;
};

// A NULL struct has NULL fields.
void SetFieldValidity(const Fields& fields, const duckdb::ValidityMask& valid) {
  for (int i = 0; i < fields.size(); ++i) {
    if (fields.child(i).GetVectorType() == duckdb::VectorType::FLAT_VECTOR) {
      FlatVector::SetValidity(fields.child(i), valid);
    }
  }
}

// Gives the row behind the last of a dense struct harmless values below its NULLs.
void ClearRow(const Fields& fields, Vector& column, size_t row) {
  for (int i = 0; i < fields.size(); ++i) {
    if (fields.child(i).GetType().id() == data::LogicalTypeId::VARCHAR) {
      fields.Strings(i)[row] = string_t();
    } else {
      fields.Numbers(i)[row] = 0;
    }
  }
}

int64_t HotOrAnyPerson(EventRandom& random,
                       uint64_t ratio,
                       int64_t last_person,
                       int64_t hot_offset) {
  const uint64_t word = random.Next();
  if (EventRandom::Scale(word << 32, ratio) > 0) {
    return last_person / kHotBatch * kHotBatch + hot_offset;
  }
  const int64_t persons = last_person + 1;
  const int64_t active = std::min(persons, kActivePersons);
  const auto any =
      static_cast<int64_t>(EventRandom::Scale(word, static_cast<uint64_t>(active + kPersonIdLead)));
  return persons - active + any;
}

// Bytes of a row without the texts it points to.
int64_t RowBytes(const LogicalType& type) {
  if (type.id() != data::LogicalTypeId::STRUCT) {
    return static_cast<int64_t>(duckdb::GetTypeIdSize(type.InternalType()));
  }
  int64_t bytes = 0;
  for (const auto& field : duckdb::StructType::GetChildTypes(type)) {
    bytes += RowBytes(field.second);
  }
  return bytes;
}

}  // namespace

const data::Schema& NexmarkSchema() {
  static const data::Schema schema = {{{"person", PersonType(), true},
                                       {"auction", AuctionType(), true},
                                       {"bid", BidType(), true},
                                       {"datetime", LogicalType::TIMESTAMP, false}},
                                      false};
  return schema;
}

// The strings of one chunk, one behind the other in a single buffer that all of its string columns
// keep alive.
struct NexmarkGenerator::Arena {
  explicit Arena(int64_t bytes)
      : block(duckdb::make_buffer<duckdb::VectorBuffer>(static_cast<data::idx_t>(bytes))),
        strings(duckdb::make_buffer<duckdb::VectorStringBuffer>()),
        at(reinterpret_cast<char*>(block->GetData())),
        end(at + bytes) {
    strings->AddHeapReference(block);
  }

  // The string from the write position to `text_end`, which becomes the write position.
  string_t Take(char* text_end) {
    const string_t text(at, static_cast<uint32_t>(text_end - at));
    at = text_end;
    return text;
  }
  void Attach(Vector& vector) const { vector.SetAuxiliary(strings); }
  int64_t used_bytes() const { return at - reinterpret_cast<const char*>(block->GetData()); }

  duckdb::buffer_ptr<duckdb::VectorBuffer> block;
  duckdb::buffer_ptr<duckdb::VectorStringBuffer> strings;
  char* at;
  char* end;
};

NexmarkGenerator::NexmarkGenerator(const GeneratorOptions& options)
    : options_(options),
      times_(options.base_micros, options.events_per_second),
      channels_(options.seed) {}

data::Chunk NexmarkGenerator::Generate(const EventRange& range) {
  LAMINAR_ASSERT(range.count >= 1 && range.count <= base::kRowsPerChunkMax, range.count);
  if (layout_ == nullptr || !layout_->Fits(range)) {
    layout_ = std::make_unique<Layout>(range);
  }
  const auto num_persons = static_cast<int64_t>(layout_->person_rows.size());
  const auto num_auctions = static_cast<int64_t>(layout_->auction_rows.size());
  const auto num_bids = static_cast<int64_t>(layout_->bid_rows.size());
  Arena arena(num_persons * kPersonArenaBytes + num_auctions * kAuctionArenaBytes +
              num_bids * kBidArenaBytes + kOverrun);

  Vector datetime(LogicalType::TIMESTAMP, static_cast<data::idx_t>(range.count));
  auto* micros = reinterpret_cast<int64_t*>(datetime.GetData());
  for (int64_t i = 0; i < range.count; ++i) {
    micros[i] = times_.MicrosOf(range.first + i * range.stride);
  }

  const auto wanted = [&](size_t column) {
    return !options_.prune || std::ranges::find(options_.columns, column) != options_.columns.end();
  };
  Vector person(NexmarkSchema().fields[kPersonColumn].type, nullptr);
  Vector auction(NexmarkSchema().fields[kAuctionColumn].type, nullptr);
  Vector bid(NexmarkSchema().fields[kBidColumn].type, nullptr);
  if (wanted(kPersonColumn)) {
    MakePersons(range, arena, person);
  }
  if (wanted(kAuctionColumn)) {
    MakeAuctions(range, arena, auction);
  }
  if (wanted(kBidColumn)) {
    MakeBids(range, datetime, arena, bid);
  }
  LAMINAR_ASSERT(arena.at + kOverrun <= arena.end, arena.end - arena.at);

  std::vector<LogicalType> types;
  for (const size_t column : options_.columns) {
    types.push_back(NexmarkSchema().fields[column].type);
  }
  data::Chunk chunk = data::Chunk::Shell(types);
  Vector* const made[] = {&person, &auction, &bid, &datetime};
  for (size_t i = 0; i < options_.columns.size(); ++i) {
    chunk.column(i).Reference(*made[options_.columns[i]]);
  }
  chunk.set_num_rows(static_cast<data::idx_t>(range.count));
  // Persons and auctions are dense; the texts of all kinds lie together.
  const int64_t rows_made[] = {num_persons, num_auctions, range.count, range.count};
  chunk_bytes_ = 0;
  bool has_texts = false;
  for (const size_t column : options_.columns) {
    chunk_bytes_ += rows_made[column] * RowBytes(NexmarkSchema().fields[column].type);
    has_texts = has_texts || column != kDatetimeColumn;
  }
  chunk_bytes_ += has_texts ? arena.used_bytes() : 0;
  return chunk;
}

void NexmarkGenerator::MakePersons(const EventRange& range, Arena& arena, Vector& column) {
  const std::vector<uint32_t>& rows = layout_->person_rows;
  Vector dense(column.GetType(), rows.size() + 1);
  const Fields fields(dense);
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t n = range.first + rows[i] * range.stride;
    EventRandom random(options_.seed, n);
    const char* const start = arena.at;
    fields.Numbers(kPersonId)[i] = kFirstPersonId + LastPerson(n);
    fields.Strings(kPersonName)[i] = arena.Take(WriteName(random, arena.at));
    fields.Strings(kEmail)[i] = arena.Take(WriteEmail(random, arena.at));
    fields.Strings(kCreditCard)[i] = arena.Take(WriteCreditCard(random, arena.at));
    const string_t& city = CityOf(random.Next());
    const string_t& state = StateOf(random.Next());
    fields.Strings(kCity)[i] = city;
    fields.Strings(kState)[i] = state;
    fields.Numbers(kPersonTime)[i] = times_.MicrosOf(n);
    const auto bytes = static_cast<int64_t>(kPersonNumberBytes + (arena.at - start) +
                                            city.GetSize() + state.GetSize());
    const int64_t length = ExtraLength(random.Next(), bytes, kPersonBytes);
    fields.Strings(kPersonExtra)[i] = arena.Take(WriteLetters(random, length, arena.at));
  }
  for (const int field : {kPersonName, kEmail, kCreditCard, kPersonExtra}) {
    arena.Attach(fields.child(field));
  }
  ClearRow(fields, dense, rows.size());
  FlatVector::SetValidity(dense, layout_->person_valid);
  SetFieldValidity(fields, layout_->person_valid);
  column.Slice(dense, layout_->person_selection, static_cast<data::idx_t>(range.count));
}

void NexmarkGenerator::MakeAuctions(const EventRange& range, Arena& arena, Vector& column) {
  const std::vector<uint32_t>& rows = layout_->auction_rows;
  Vector dense(column.GetType(), rows.size() + 1);
  const Fields fields(dense);
  const auto open_millis = static_cast<uint64_t>(std::max<int64_t>(times_.AuctionMillis() * 2, 1));
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t n = range.first + rows[i] * range.stride;
    EventRandom random(options_.seed, n);
    const char* const start = arena.at;
    fields.Numbers(kAuctionId)[i] = kFirstAuctionId + LastAuction(n);
    fields.Strings(kItemName)[i] = arena.Take(WriteWords(random, 20, ' ', arena.at));
    fields.Strings(kDescription)[i] = arena.Take(WriteWords(random, 100, ' ', arena.at));
    const int64_t initial_bid = PriceOf(random.Next());
    fields.Numbers(kInitialBid)[i] = initial_bid;
    fields.Numbers(kReserve)[i] = initial_bid + PriceOf(random.Next());
    const int64_t datetime = times_.MicrosOf(n);
    fields.Numbers(kAuctionTime)[i] = datetime;
    fields.Numbers(kExpires)[i] =
        datetime + 1000 * static_cast<int64_t>(1 + random.Below(open_millis));
    fields.Numbers(kSeller)[i] =
        kFirstPersonId + HotOrAnyPerson(random, kHotSellerRatio, LastPerson(n), 0);
    fields.Numbers(kCategory)[i] =
        kFirstCategoryId + static_cast<int64_t>(random.Below(kCategories));
    const int64_t length =
        ExtraLength(random.Next(), kAuctionNumberBytes + (arena.at - start), kAuctionBytes);
    fields.Strings(kAuctionExtra)[i] = arena.Take(WriteLetters(random, length, arena.at));
  }
  for (const int field : {kItemName, kDescription, kAuctionExtra}) {
    arena.Attach(fields.child(field));
  }
  ClearRow(fields, dense, rows.size());
  FlatVector::SetValidity(dense, layout_->auction_valid);
  SetFieldValidity(fields, layout_->auction_valid);
  column.Slice(dense, layout_->auction_selection, static_cast<data::idx_t>(range.count));
}

// Bids are flat, but their struct is a dictionary vector over all rows: asked for its format, a
// flat struct is flattened with its fields, in place, which would copy the texts of channels and
// URLs.
void NexmarkGenerator::MakeBids(const EventRange& range,
                                Vector& datetime,
                                Arena& arena,
                                Vector& column) {
  const auto count = static_cast<data::idx_t>(range.count);
  auto placeholders = duckdb::make_buffer<duckdb::VectorStructBuffer>();
  for (const auto& [name, type] : duckdb::StructType::GetChildTypes(column.GetType())) {
    auto child = duckdb::make_uniq<Vector>(type, nullptr);
    child->SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    placeholders->GetChildren().push_back(std::move(child));
  }
  column.SetAuxiliary(std::move(placeholders));
  FlatVector::SetValidity(column, layout_->bid_valid);
  column.Slice(layout_->all_rows, count);

  const Fields fields(column);
  for (const int field : {kBidAuction, kBidder, kPrice, kBidExtra}) {
    fields.child(field).Reference(Vector(fields.child(field).GetType(), count));
  }
  fields.child(kBidTime).Reference(datetime);

  data::SelectionVector channels(count);
  int64_t* const auction = fields.Numbers(kBidAuction);
  int64_t* const bidder = fields.Numbers(kBidder);
  int64_t* const price = fields.Numbers(kPrice);
  string_t* const extra = fields.Strings(kBidExtra);
  for (const uint32_t row : layout_->other_rows) {
    auction[row] = 0;
    bidder[row] = 0;
    price[row] = 0;
    extra[row] = string_t();
    channels.set_index(row, kNullChannel);
  }
  for (const uint32_t row : layout_->bid_rows) {
    const int64_t n = range.first + row * range.stride;
    EventRandom random(options_.seed, n);

    const int64_t last_auction = LastAuction(n);
    const uint64_t auction_word = random.Next();
    const int64_t oldest_auction = std::max<int64_t>(last_auction - kAuctionsInFlight, 0);
    const int64_t any_auction =
        oldest_auction + static_cast<int64_t>(EventRandom::Scale(
                             auction_word, static_cast<uint64_t>(last_auction - oldest_auction + 1 +
                                                                 kAuctionIdLead)));
    const int64_t hot_auction = last_auction / kHotBatch * kHotBatch;
    const bool is_hot_auction = EventRandom::Scale(auction_word << 32, kHotAuctionRatio) > 0;
    auction[row] = kFirstAuctionId + (is_hot_auction ? hot_auction : any_auction);
    bidder[row] = kFirstPersonId + HotOrAnyPerson(random, kHotBidderRatio, LastPerson(n), 1);
    price[row] = PriceOf(random.Next());

    const uint64_t channel_word = random.Next();
    const bool is_hot_channel = EventRandom::Scale(channel_word << 32, kHotChannelRatio) > 0;
    channels.set_index(row, is_hot_channel
                                ? kChannels + EventRandom::Scale(channel_word, kHotChannels)
                                : EventRandom::Scale(channel_word, kChannels));

    const int64_t length = ExtraLength(random.Next(), kBidNumberBytes, kBidBytes);
    extra[row] = arena.Take(WriteLetters(random, length, arena.at));
  }
  arena.Attach(fields.child(kBidExtra));

  if (options_.dictionary) {
    channels_.SetChannels(channels, count, fields.child(kChannel));
    channels_.SetUrls(channels, count, fields.child(kUrl));
  } else {
    fields.child(kChannel).Reference(Vector(LogicalType::VARCHAR, count));
    fields.child(kUrl).Reference(Vector(LogicalType::VARCHAR, count));
    for (data::idx_t row = 0; row < count; ++row) {
      fields.Strings(kChannel)[row] = channels_.channels()[channels.get_index(row)];
      fields.Strings(kUrl)[row] = channels_.urls()[channels.get_index(row)];
    }
    channels_.KeepAlive(fields.child(kChannel), fields.child(kUrl));
  }
  SetFieldValidity(fields, layout_->bid_valid);
}

}  // namespace laminar::connectors::nexmark
