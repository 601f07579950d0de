// RequiredText: what a text must hold for a regular expression to match it at all; texts without it
// need no engine. Pure function; any thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_REQUIRED_TEXT_H_
#define LAMINAR_EXPRESSION_KERNELS_REQUIRED_TEXT_H_

#include <string>
#include <string_view>

namespace laminar::expression {

/// The longest text found that is part of every match of `regex`; empty when none can be told.
std::string RequiredText(std::string_view regex);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_REQUIRED_TEXT_H_
