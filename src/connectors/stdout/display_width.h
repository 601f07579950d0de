// How much room text takes on a terminal. Pure functions; any thread.
#ifndef LAMINAR_CONNECTORS_STDOUT_DISPLAY_WIDTH_H_
#define LAMINAR_CONNECTORS_STDOUT_DISPLAY_WIDTH_H_

#include <string>
#include <string_view>

namespace laminar::connectors {

/// Cells that valid UTF-8 text without control characters takes: none for marks that combine, two
/// for wide characters.
int DisplayWidth(std::string_view text);
/// The longest beginning that takes at most `width` cells.
std::string_view CutToWidth(std::string_view text, int width);
/// The text in one line: control characters written as \n, \t or \xNN.
std::string EscapeControls(std::string_view text);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDOUT_DISPLAY_WIDTH_H_
