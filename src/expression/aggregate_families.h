// The families of native aggregates; each returns nullptr when `name` over these argument types is
// not its own. Names are those of DuckDB's catalog, aliases included. See aggregate_native.h.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_FAMILIES_H_
#define LAMINAR_EXPRESSION_AGGREGATE_FAMILIES_H_

#include <memory>
#include <string>
#include <vector>

#include "data/vector.h"
#include "expression/aggregate_native.h"

namespace laminar::expression {

using ArgumentTypes = std::vector<data::LogicalType>;

/// count(*), count(x).
std::unique_ptr<NativeAggregate> MakeCount(const std::string& name, const ArgumentTypes& types);
/// sum, count_if, avg, fsum, favg, product.
std::unique_ptr<NativeAggregate> MakeSum(const std::string& name, const ArgumentTypes& types);
/// min, max.
std::unique_ptr<NativeAggregate> MakeExtreme(const std::string& name, const ArgumentTypes& types);
/// arg_min, arg_max and their _null forms.
std::unique_ptr<NativeAggregate> MakeArgExtreme(const std::string& name,
                                                const ArgumentTypes& types);
/// first, last, any_value.
std::unique_ptr<NativeAggregate> MakeFirst(const std::string& name, const ArgumentTypes& types);
/// bool_and, bool_or, bit_and, bit_or, bit_xor.
std::unique_ptr<NativeAggregate> MakeLogic(const std::string& name, const ArgumentTypes& types);
/// var_*, stddev_*, sem, covar_*, corr.
std::unique_ptr<NativeAggregate> MakeMoments(const std::string& name, const ArgumentTypes& types);

/// Whether values of the type lie in a state row as they lie in a vector and compare as their
/// physical type does: all scalar types but BIT, ENUM, TIME WITH TIME ZONE and collated text.
bool IsPlainValue(const data::LogicalType& type);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_FAMILIES_H_
