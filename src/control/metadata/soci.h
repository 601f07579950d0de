// SOCI, the layer of access to SQL databases, without its parts for Boost's types: they are
// templates in its headers that nothing here uses, and would make Boost a dependency. Every file
// that uses SOCI includes this and none of SOCI's own headers.
#ifndef LAMINAR_CONTROL_METADATA_SOCI_H_
#define LAMINAR_CONTROL_METADATA_SOCI_H_

#include <soci/soci-config.h>

#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#endif  // LAMINAR_CONTROL_METADATA_SOCI_H_
