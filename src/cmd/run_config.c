#include "cmd/run_config.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "cmd/ruleset.h"

#define CONFIG_MAX (1u << 20)
#define BAD_NAME   "the name of %s is up to 64 letters, digits, '-' and '_'"

static const struct config_row rows[] = {
#define ROW(member, text, kind, ...)                                           \
	{                                                                      \
		.name = (text), .type = (kind),                                \
		.at = offsetof(struct run_config, member), __VA_ARGS__         \
	}
    ROW(ledger, "ledger", CONFIG_PATH, .must = true,
        .help = "folder of the ledger, as 'firn init' made it"),
    ROW(key, "key", CONFIG_PATH,
        .help = "its secret key; default: as 'firn init' chose it"),
    ROW(rules, "rules", CONFIG_PATHS,
        .help = "further rules (Sigma): files or folders"),
    ROW(shipped_rules, "shipped_rules", CONFIG_BOOL, .preset = "true",
        .help = "whether the rules that come with firn are used"),
    ROW(addresses, "addresses", CONFIG_TEXTS,
        .help = "from where firn's application signs in, * being anything: "
                "from elsewhere is a finding; default: anywhere"),
    ROW(geo, "geo", CONFIG_PATH,
        .help = "geography of addresses; default: that which ships"),
    ROW(listen, "listen", CONFIG_TEXT, .preset = "127.0.0.1:9620",
        .help = "where status, metrics and health are served: keep it on "
                "loopback; none: nowhere"),
    ROW(threads, "threads", CONFIG_COUNT, .preset = "1", .min = 1, .max = 64,
        .help = "threads that read and judge records"),
    ROW(lateness_us, "lateness", CONFIG_TIME, .preset = "4 h",
        .max = INT64_C(48) * 3600 * 1000000,
        .help = "how late events may be before correlations are settled"),
    ROW(queue_bytes, "queue", CONFIG_SIZE, .preset = "64M", .min = 1 << 20,
        .max = INT64_C(4) << 30,
        .help = "what may wait between the sources and the ledger"),
    ROW(disk_min, "disk_min", CONFIG_SIZE, .preset = "1G",
        .help = "intake stops while less than this is free at the ledger"),
    ROW(seal, "seal", CONFIG_BOOL, .preset = "true",
        .help = "whether records are sealed into segments meanwhile"),
    ROW(check_us, "check", CONFIG_TIME, .preset = "24 h",
        .max = INT64_C(7) * 86400 * 1000000,
        .help = "how often 'firn check m365' looks for what the tenants lack; "
                "0 s: never"),
    ROW(assess_us, "assess", CONFIG_TIME, .preset = "10 min", .min = 1000000,
        .max = INT64_C(24) * 3600 * 1000000,
        .help = "how long it may take to assess one case of damage anew"),
    ROW(holiday_texts, "holidays", CONFIG_TEXTS,
        .help = "days such as 2026-12-25 on which less happens than usual"),
    ROW(source_part, "sources", CONFIG_PART, .must = true,
        .help = "a name for each, and under it its kind and its keys"),
    ROW(output_part, "outputs", CONFIG_PART,
        .help = "a name for each, and under it its kind and its keys"),
#undef ROW
};

static const struct config_table table = {.name = "firn.yaml",
    .help = "the keys at the top",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0])};

/* --- parts --- */

static const struct yaml *
kind_of(const struct run_config *config, const struct yaml *part,
    const char *what, struct err *err)
{
	const struct yaml *kind;

	if (part->type != YAML_MAP) {
		config_wrong(&config->file, part, err,
		    "a %s is keys and values, not a %s", what,
		    yaml_type_name(part->type));
		return NULL;
	}
	kind = yaml_get(part, "kind");
	if (!kind || !yaml_is_scalar(kind)) {
		config_wrong(
		    &config->file, part, err, "a %s wants its 'kind'", what);
		return NULL;
	}
	return kind;
}

/* Names stand in records and in metrics. */
static bool
is_name(struct slice name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (!name.len || name.len > 64)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!name.ptr[i] || !strchr(ok, name.ptr[i]))
			return false;
	return true;
}

static int
read_source(struct run_config *config, const struct yaml *part,
    struct run_source *out, struct err *err)
{
	const struct yaml *kind = kind_of(config, part, "source", err);
	void *room;

	if (!kind)
		return -1;
	if (!is_name(part->key->text))
		return config_wrong(
		    &config->file, part->key, err, BAD_NAME, "a source");
	out->name = part->key->text.ptr;
	out->kind = source_kind_find(kind->text);
	if (!out->kind)
		return config_wrong(&config->file, kind, err,
		    "there is no kind of source '%s'", kind->text.ptr);
	room = arena_calloc(&config->arena, 1, out->kind->config_size);
	out->config = room;
	return config_read(&config->file, out->kind->table, part, room, err);
}

static int
read_sources(struct run_config *config, struct err *err)
{
	const struct yaml *map = config->source_part;

	if (map->type != YAML_MAP || !map->count)
		return config_wrong(&config->file, map, err,
		    "'sources' names at least one source");
	config->sources =
	    arena_calloc(&config->arena, map->count, sizeof(*config->sources));
	for (const struct yaml *part = map->first; part; part = part->next)
		if (read_source(config, part,
		        &config->sources[config->source_count++], err))
			return -1;
	return 0;
}

static int
read_holidays(struct run_config *config, struct err *err)
{
	const struct config_texts *texts = &config->holiday_texts;
	int64_t *days =
	    arena_calloc(&config->arena, texts->count + 1, sizeof(*days));

	for (size_t i = 0; i < texts->count; i++)
		if (strlen(texts->list[i]) != 10 ||
		    !time_parse(slice_cstr(texts->list[i]), &days[i]))
			return config_wrong(&config->file, NULL, err,
			    "a holiday is a day such as 2026-12-25, not '%s'",
			    texts->list[i]);
	config->holidays =
	    (struct habit_days){.list = days, .count = texts->count};
	return 0;
}

static int
read_outputs(struct run_config *config, struct err *err)
{
	const struct yaml *map = config->output_part;

	if (!map)
		return 0;
	if (map->type != YAML_MAP)
		return config_wrong(&config->file, map, err,
		    "'outputs' is a name for each output");
	config->outputs =
	    arena_calloc(&config->arena, map->count, sizeof(*config->outputs));
	for (const struct yaml *part = map->first; part; part = part->next) {
		struct run_output *out =
		    &config->outputs[config->output_count++];

		if (!is_name(part->key->text))
			return config_wrong(&config->file, part->key, err,
			    BAD_NAME, "an output");
		out->name = part->key->text.ptr;
		if (output_config_read(&config->file, part, &out->output, err))
			return -1;
	}
	return 0;
}

/* --- the file --- */

static int
read_text(const char *path, struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	bool failed;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	out->len += fread(buf_reserve(out, CONFIG_MAX), 1, CONFIG_MAX, file);
	failed = ferror(file);
	(void)fclose(file);
	if (failed)
		return err_sys(err, "cannot read '%s'", path);
	if (out->len == CONFIG_MAX)
		return err_set(err, ERR_INPUT, "'%s' is too long", path);
	return 0;
}

static int
read_all(struct run_config *config, struct slice text, struct err *err)
{
	struct yaml_place place;
	struct yaml *root;

	if (yaml_parse(&config->arena, text, &root, &place, err))
		return err_context(err, "%s:%u", config->file.path, place.line);
	if (root && root->next)
		return config_wrong(&config->file, root->next, err,
		    "here begins a second document");
	config->file.tag = NULL;
	if (config_read(&config->file, &table, root, config, err))
		return -1;
	if (read_holidays(config, err) || read_outputs(config, err))
		return -1;
	config->file.tag = "kind";
	return read_sources(config, err);
}

int
run_config_read(struct run_config *config, const char *path, struct err *err)
{
	struct buf text = {0};
	char *copy = xstrdup(path);
	int status;

	*config = (struct run_config){0};
	config->file.path =
	    arena_printf(&config->arena, "%s%c", path, '\0').ptr;
	config->file.dir =
	    arena_printf(&config->arena, "%s%c", dirname(copy), '\0').ptr;
	config->file.arena = &config->arena;
	free(copy);
	status = read_text(path, &text, err);
	if (!status)
		status = read_all(config, buf_slice(&text), err);
	buf_release(&text);
	return status;
}

void
run_config_release(struct run_config *config)
{
	arena_release(&config->arena);
}

/* The rules over firn's own application know it by what is configured. */
int
run_config_rules(
    const struct run_config *config, struct rules **out, struct err *err)
{
	static const char *const anywhere[] = {"*"};
	const char **apps = xcalloc(config->source_count + 1, sizeof(*apps));
	const struct config_texts *addresses = &config->addresses;
	struct rules_placeholder own[] = {{.name = "firn_app", .values = apps},
	    {.name = "firn_addresses",
	        .values = addresses->count
	                      ? (const char *const *)addresses->list
	                      : anywhere,
	        .value_count = addresses->count ? addresses->count : 1}};
	struct ruleset set = {.paths = config->rules.list,
	    .count = config->rules.count,
	    .shipped = config->shipped_rules,
	    .placeholders = own};
	int status;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct run_source *source = &config->sources[i];

		if (source->kind->application)
			apps[own[0].value_count++] =
			    source->kind->application(source->config);
	}
	/* Without one, those of the mapping stand, which nobody has. */
	set.placeholder_count = own[0].value_count ? 2 : 0;
	status = ruleset_load(&set, out, err);
	free(apps);
	return status;
}

void
run_config_describe(struct buf *out)
{
	config_describe(out, &table);
	for (size_t i = 0; source_kinds[i]; i++) {
		buf_char(out, '\n');
		config_describe(out, source_kinds[i]->table);
	}
	for (size_t i = 0; output_kinds[i]; i++) {
		buf_char(out, '\n');
		config_describe(out, output_kinds[i]->table);
	}
}
