#include "duck.h"

#include <stdio.h>
#include <string.h>

static const char *const settings[][2] = {
    {"threads", "1"},
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
    {"allow_community_extensions", "false"},
};

int
duck_open(
    struct duck *duck, unsigned memory, const char *spill, struct err *err)
{
	duckdb_config config;
	char limit[32], *why = NULL;
	bool ok;

	*duck = (struct duck){0};
	snprintf(limit, sizeof(limit), "%uMiB", memory);
	ok =
	    duckdb_create_config(&config) == DuckDBSuccess &&
	    duckdb_set_config(config, "memory_limit", limit) == DuckDBSuccess &&
	    duckdb_set_config(config, "temp_directory", spill ? spill : "") ==
	        DuckDBSuccess;
	for (size_t i = 0; ok && i < sizeof(settings) / sizeof(settings[0]);
	     i++)
		ok = duckdb_set_config(config, settings[i][0],
		         settings[i][1]) == DuckDBSuccess;
	ok = ok &&
	     duckdb_open_ext(NULL, &duck->db, config, &why) == DuckDBSuccess;
	ok = ok && duckdb_connect(duck->db, &duck->connection) == DuckDBSuccess;
	if (!ok)
		err_set(err, ERR_SYSTEM, "cannot start DuckDB%s%s",
		    why ? ": " : "", why ? why : "");
	duckdb_free(why);
	duckdb_destroy_config(&config);
	if (ok)
		return 0;
	duck_close(duck);
	return -1;
}

void
duck_close(struct duck *duck)
{
	duckdb_disconnect(&duck->connection);
	duckdb_close(&duck->db);
}

int
duck_refused(
    struct err *err, enum err_code code, const char *about, const char *why)
{
	if (!why)
		why = "DuckDB failed and does not say why";
	return err_set(
	    err, code, "%s%.*s", about, (int)strcspn(why, "\n"), why);
}

int
duck_run(struct duck *duck, const char *sql, struct err *err)
{
	duckdb_result result;
	int status = 0;

	if (duckdb_query(duck->connection, sql, &result) != DuckDBSuccess)
		status = duck_refused(
		    err, ERR_INPUT, "", duckdb_result_error(&result));
	duckdb_destroy_result(&result);
	return status;
}

void
duck_quote(struct buf *out, struct slice s)
{
	buf_char(out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'')
			buf_char(out, '\'');
		buf_char(out, s.ptr[i]);
	}
	buf_char(out, '\'');
}
