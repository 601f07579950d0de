// A format for tests of connectors: one line is one row. The columns hold the line's words between
// commas, as texts or whole numbers; `!` in a line makes it a bad record.
#ifndef LAMINAR_CONNECTORS_API_LINE_FORMAT_FOR_TEST_H_
#define LAMINAR_CONNECTORS_API_LINE_FORMAT_FOR_TEST_H_

namespace laminar::connectors {

/// Registers the format "lines" and, with random access, "pages", once. Any number of calls.
void RegisterLineFormat();

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_LINE_FORMAT_FOR_TEST_H_
