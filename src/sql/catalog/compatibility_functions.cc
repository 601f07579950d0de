#include "sql/catalog/compatibility_functions.h"

#include <algorithm>

namespace laminar::sql {

const std::vector<FunctionAlias>& FunctionAliases() {
  static const std::vector<FunctionAlias> aliases = {
      {"approx_distinct", "approx_count_distinct"},
      {"approx_percentile_cont", "approx_quantile"},
      {"array_join", "array_to_string"},
      {"array_max", "list_max"},
      {"array_min", "list_min"},
      {"array_element", "list_extract"},
      {"arrow_typeof", "typeof"},
      {"btrim", "trim"},
      {"char_length", "length"},
      {"character_length", "length"},
      {"covar", "covar_samp"},
      {"datepart", "date_part"},
      {"datetrunc", "date_trunc"},
      {"first_value", "first"},
      {"last_value", "last"},
      {"make_array", "list_value"},
      {"regexp_like", "regexp_matches"},
      {"signum", "sign"},
      {"string_to_list", "string_split"},
      {"to_timestamp_micros", "make_timestamp"},
      {"to_timestamp_millis", "epoch_ms"},
      {"to_timestamp_nanos", "make_timestamp_ns"},
      {"var", "var_samp"},
      {"var_population", "var_pop"},
      {"var_sample", "var_samp"},
  };
  return aliases;
}

const std::vector<FunctionMacro>& FunctionMacros() {
  static const std::vector<FunctionMacro> macros = {
      {"approx_median", "(x) AS approx_quantile(x, 0.5)"},
      {"array_empty", "(list) AS len(list) = 0"},
      {"array_except",
       "(a, b) AS list_filter(a, lambda x, i: NOT list_contains(b, x) AND list_position(a, x) = "
       "i)"},
      {"array_remove_all",
       "(list, element) AS list_filter(list, lambda x: x IS DISTINCT FROM element)"},
      {"array_repeat", "(element, n) AS list_transform(range(n), lambda i: element)"},
      {"array_union", "(a, b) AS list_distinct(list_concat(a, b))"},
      {"cumulate_end",
       "(step, width) AS cumulate(step, width)['end'], (ts, step, width) AS cumulate(ts, step, "
       "width)['end']"},
      {"cumulate_start",
       "(step, width) AS cumulate(step, width)['start'], (ts, step, width) AS cumulate(ts, "
       "step, width)['start']"},
      {"date_bin",
       "(width, ts) AS time_bucket(width, ts, TIMESTAMP '1970-01-01'), (width, ts, origin) AS "
       "time_bucket(width, ts, origin)"},
      {"digest",
       "(s, method) AS CASE lower(method) WHEN 'md5' THEN unhex(md5(s)) WHEN 'sha256' THEN "
       "unhex(sha256(s)) END"},
      {"empty", "(list) AS len(list) = 0"},
      {"extract_json",
       "(json, path) AS CASE WHEN json_valid(json) THEN list_filter(CAST(json_extract(json, "
       "[path]) AS VARCHAR[]), "
       "lambda x: x IS NOT NULL) END"},
      {"extract_json_many",
       "(json, path) AS CASE WHEN json_valid(json) THEN CAST(json_extract(json, path) AS "
       "VARCHAR[]) END"},
      {"extract_json_string",
       "(json, path) AS CASE WHEN json_valid(json) THEN json_extract_string(json, path) END"},
      {"find_in_set",
       "(word, words) AS coalesce(list_position(string_split(words, ','), word), 0)"},
      {"from_unixtime", "(seconds) AS make_timestamp(CAST(seconds AS BIGINT) * 1000000)"},
      {"get_first_json_object",
       "(json, path) AS CASE WHEN json_valid(json) THEN CAST(json_extract(json, path) AS VARCHAR) "
       "END"},
      {"hop_end",
       "(slide, width) AS hop(slide, width)['end'], (ts, slide, width) AS hop(ts, slide, "
       "width)['end']"},
      {"hop_start",
       "(slide, width) AS hop(slide, width)['start'], (ts, slide, width) AS hop(ts, slide, "
       "width)['start']"},
      {"initcap",
       "(s) AS array_to_string(list_transform(string_split(lower(s), ' '), lambda w: upper(w[1]) "
       "|| w[2:]), ' ')"},
      {"iszero", "(x) AS x = 0"},
      {"json_as_text",
       "(json, key) AS CASE WHEN json_valid(json) THEN json_extract_string(json, key) END, "
       "(json, first, key) AS CASE WHEN json_valid(json) THEN "
       "json_extract_string(json_extract(json, first), key) END, (json, first, second, key) AS "
       "CASE WHEN json_valid(json) THEN json_extract_string(json_extract(json_extract(json, "
       "first), second), key) END"},
      {"json_get",
       "(json, key) AS CASE WHEN json_valid(json) THEN json_extract(json, key) END, (json, "
       "first, key) AS CASE WHEN json_valid(json) THEN json_extract(json_extract(json, first), "
       "key) END, (json, first, second, key) AS CASE WHEN json_valid(json) THEN "
       "json_extract(json_extract(json_extract(json, first), second), key) END"},
      {"json_get_array",
       "(json, key) AS CASE WHEN json_valid(json) THEN TRY_CAST(json_extract(json, key) AS "
       "JSON[]) END, (json, first, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract(json_extract(json, first), key) AS JSON[]) END, (json, first, "
       "second, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract(json_extract(json_extract(json, first), second), key) AS JSON[]) "
       "END"},
      {"json_get_bool",
       "(json, key) AS CASE WHEN json_valid(json) THEN TRY_CAST(json_extract_string(json, key) "
       "AS BOOLEAN) END, (json, first, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json, first), key) AS BOOLEAN) END, (json, "
       "first, second, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json_extract(json, first), second), key) AS "
       "BOOLEAN) END"},
      {"json_get_float",
       "(json, key) AS CASE WHEN json_valid(json) THEN TRY_CAST(json_extract_string(json, key) "
       "AS DOUBLE) END, (json, first, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json, first), key) AS DOUBLE) END, (json, "
       "first, second, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json_extract(json, first), second), key) AS "
       "DOUBLE) END"},
      {"json_get_int",
       "(json, key) AS CASE WHEN json_valid(json) THEN TRY_CAST(json_extract_string(json, key) "
       "AS BIGINT) END, (json, first, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json, first), key) AS BIGINT) END, (json, "
       "first, second, key) AS CASE WHEN json_valid(json) THEN "
       "TRY_CAST(json_extract_string(json_extract(json_extract(json, first), second), key) AS "
       "BIGINT) END"},
      {"json_get_json",
       "(json, key) AS CASE WHEN json_valid(json) THEN CAST(json_extract(json, key) AS VARCHAR) "
       "END, (json, first, key) AS CASE WHEN json_valid(json) THEN "
       "CAST(json_extract(json_extract(json, first), key) AS VARCHAR) END, (json, first, "
       "second, key) AS CASE WHEN json_valid(json) THEN "
       "CAST(json_extract(json_extract(json_extract(json, first), second), key) AS VARCHAR) END"},
      {"json_get_str",
       "(json, key) AS CASE WHEN json_valid(json) THEN CASE WHEN json_type(json, key) = "
       "'VARCHAR' THEN json_extract_string(json, key) END END, (json, first, key) AS CASE WHEN "
       "json_valid(json) THEN CASE WHEN json_type(json_extract(json, first), key) = 'VARCHAR' "
       "THEN json_extract_string(json_extract(json, first), key) END END, (json, first, second, "
       "key) AS CASE WHEN json_valid(json) THEN CASE WHEN "
       "json_type(json_extract(json_extract(json, first), second), key) = 'VARCHAR' THEN "
       "json_extract_string(json_extract(json_extract(json, first), second), key) END END"},
      {"json_length",
       "(json) AS CASE WHEN json_valid(json) THEN CASE json_type(json) WHEN 'OBJECT' THEN "
       "len(json_keys(json)) WHEN 'ARRAY' THEN json_array_length(json) END END"},
      {"json_object_keys", "(json) AS CASE WHEN json_valid(json) THEN json_keys(json) END"},
      {"nanvl", "(a, b) AS CASE WHEN isnan(a) THEN b ELSE a END"},
      {"nvl", "(x, absent) AS coalesce(x, absent)"},
      {"nvl2", "(x, present, absent) AS CASE WHEN x IS NOT NULL THEN present ELSE absent END"},
      {"regexp_count", "(s, pattern) AS len(regexp_extract_all(s, pattern))"},
      {"regexp_match",
       "(s, pattern) AS CASE WHEN regexp_matches(s, pattern) THEN [regexp_extract(s, pattern)] "
       "END"},
      {"session_end", "(gap) AS session(gap)['end'], (ts, gap) AS session(ts, gap)['end']"},
      {"session_start", "(gap) AS session(gap)['start'], (ts, gap) AS session(ts, gap)['start']"},
      {"struct",
       "(a) AS {'c0': a}, (a, b) AS {'c0': a, 'c1': b}, (a, b, c) AS {'c0': a, 'c1': b, 'c2': "
       "c}, (a, b, c, d) AS {'c0': a, 'c1': b, 'c2': c, 'c3': d}"},
      {"substr_index",
       "(s, delimiter, n) AS CASE WHEN n = 0 OR s = '' THEN '' ELSE list_reduce(CASE WHEN n > 0 "
       "THEN string_split(s, delimiter)[1:n] ELSE string_split(s, delimiter)[n:] END, "
       "lambda a, b: a || delimiter || b) END"},
      {"substring_index",
       "(s, delimiter, n) AS CASE WHEN n = 0 OR s = '' THEN '' ELSE list_reduce(CASE WHEN n > 0 "
       "THEN string_split(s, delimiter)[1:n] ELSE string_split(s, delimiter)[n:] END, "
       "lambda a, b: a || delimiter || b) END"},
      {"to_char", "(ts, format) AS strftime(ts, format)"},
      {"to_date", "(x) AS CAST(x AS DATE), (x, format) AS CAST(strptime(x, format) AS DATE)"},
      {"to_timestamp_seconds", "(seconds) AS make_timestamp(CAST(seconds AS BIGINT) * 1000000)"},
      {"to_unixtime", "(ts) AS CAST(epoch(ts) AS BIGINT)"},
      {"tumble_end", "(width) AS tumble(width)['end'], (ts, width) AS tumble(ts, width)['end']"},
      {"tumble_start",
       "(width) AS tumble(width)['start'], (ts, width) AS tumble(ts, width)['start']"},
  };
  return macros;
}

const FunctionAlias* FindFunctionAlias(std::string_view name) {
  const auto& aliases = FunctionAliases();
  const auto found = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const auto& alias) { return alias.name == name; });
  return found == aliases.end() ? nullptr : &*found;
}

const FunctionMacro* FindFunctionMacro(std::string_view name) {
  const auto& macros = FunctionMacros();
  const auto found = std::find_if(macros.begin(), macros.end(),
                                  [&](const auto& macro) { return macro.name == name; });
  return found == macros.end() ? nullptr : &*found;
}

}  // namespace laminar::sql
