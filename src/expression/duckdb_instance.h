// The process's DuckDB: one in-memory instance, without threads of its own and
// without access to the network or to extensions outside the library. Owns the
// catalog of built-in functions; sql opens a connection per program, evaluators
// share one context.
#ifndef LAMINAR_EXPRESSION_DUCKDB_INSTANCE_H_
#define LAMINAR_EXPRESSION_DUCKDB_INSTANCE_H_

namespace duckdb {
class DuckDB;
class ClientContext;
}  // namespace duckdb

namespace laminar::expression {

/// Returns the instance, made at the first call (about 20 ms). Lives as long as
/// the process. Any thread.
duckdb::DuckDB& DuckDbInstance();

/// A context for evaluation: functions that ask for settings (time zone, ...)
/// read them here. Any thread; UTC unless set before a job runs.
duckdb::ClientContext& EvaluationContext();

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_DUCKDB_INSTANCE_H_
