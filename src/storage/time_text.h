// Times as stores write them, always UTC. Pure; any thread.
#ifndef LAMINAR_STORAGE_TIME_TEXT_H_
#define LAMINAR_STORAGE_TIME_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace laminar::storage {

/// 20130524T000000Z
std::string BasicTime(base::WallTime time);
/// Fri, 24 May 2013 00:00:00 GMT
std::string HttpTime(base::WallTime time);
/// 2013-05-24T00:00:00Z, also with a fraction or an offset; nothing when it is none.
std::optional<base::WallTime> ParseIsoTime(std::string_view text);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_TIME_TEXT_H_
