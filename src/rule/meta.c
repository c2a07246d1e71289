#include "rule/meta.h"

#include <string.h>
#include <strings.h>

#include "rule/compile.h"
#include "rule/mapping.h"

static const char *const status_names[] = {
    "", "stable", "test", "experimental", "deprecated", "unsupported"};

#define STATUSES (sizeof(status_names) / sizeof(status_names[0]))

const char *
rule_status_name(enum rule_status status)
{
	return status_names[status];
}

static bool
find_name(const char *const *names, size_t count, struct slice name, int *out)
{
	for (size_t i = 0; i < count; i++) {
		if (!name.len || !slice_eq(name, slice_cstr(names[i])))
			continue;
		*out = (int)i;
		return true;
	}
	return false;
}

/* The text under a key; empty if there is none. */
static int
take_text(struct compile *compile, const struct yaml *doc, const char *key,
    struct slice *out)
{
	const struct yaml *node = yaml_get(doc, key);

	*out = SLICE("");
	if (!node || node->type == YAML_NULL)
		return 0;
	if (!yaml_is_scalar(node))
		return compile_fail(compile, node, "'%s' must be a text", key);
	*out = arena_copy(&compile->rules->arena, node->text);
	return 0;
}

/* A list of texts; a single text is a list of one. */
static int
take_strings(struct compile *compile, const struct yaml *doc, const char *key,
    struct rule_strings *out)
{
	const struct yaml *node = yaml_get(doc, key);
	struct arena *arena = &compile->rules->arena;
	struct slice *list;

	if (!node || node->type == YAML_NULL)
		return 0;
	if (node->type == YAML_MAP)
		return compile_fail(compile, node, "'%s' must be a list", key);
	list = arena_calloc(arena, node->count + 1, sizeof(*list));
	out->list = list;
	if (node->type != YAML_LIST) {
		list[out->count++] = arena_copy(arena, node->text);
		return 0;
	}
	for (node = node->first; node; node = node->next) {
		if (!yaml_is_scalar(node))
			return compile_fail(
			    compile, node, "'%s' must be texts", key);
		list[out->count++] = arena_copy(arena, node->text);
	}
	return 0;
}

static int
take_level(
    struct compile *compile, const struct yaml *doc, struct rule_meta *meta)
{
	const struct yaml *level = yaml_get(doc, "level");
	const struct yaml *status = yaml_get(doc, "status");
	int found = STATUS_NONE, failed = 0;

	meta->level = LEVEL_MEDIUM;
	if (level && !level_parse(level->text, &meta->level))
		failed = compile_fail(compile, level,
		    "there is no level '" SLICE_FMT "'",
		    SLICE_ARG(level->text));
	if (status && !find_name(status_names, STATUSES, status->text, &found))
		failed = compile_fail(compile, status,
		    "there is no status '" SLICE_FMT "'",
		    SLICE_ARG(status->text));
	meta->status = (enum rule_status)found;
	return failed;
}

/* --- ATT&CK --- */

/* One letter, digits, and for techniques a dot and digits: t1098.003 */
static bool
is_attack_id(struct slice s)
{
	if (s.len < 4 || !memchr("tgsTGS", s.ptr[0], 6))
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!memchr("0123456789.", s.ptr[i], 11))
			return false;
	return true;
}

/* "attack.t1098.003" is a technique, "attack.privilege-escalation" a tactic. */
static void
take_attack(struct compile *compile, struct rule_meta *meta)
{
	struct arena *arena = &compile->rules->arena;
	size_t n = meta->tags.count;
	struct slice *techniques =
	    arena_calloc(arena, n + 1, sizeof(*techniques));
	struct slice *tactics = arena_calloc(arena, n + 1, sizeof(*tactics));

	meta->techniques.list = techniques;
	meta->tactics.list = tactics;
	for (size_t i = 0; i < n; i++) {
		struct slice tag = meta->tags.list[i], name;
		char *text;

		if (tag.len < 8 || strncasecmp(tag.ptr, "attack.", 7) != 0)
			continue;
		name = arena_copy(arena, slice_skip(tag, 7));
		text = memcpy(
		    arena_alloc(arena, name.len + 1), name.ptr, name.len + 1);
		name.ptr = text;
		if (!is_attack_id(name)) {
			/* Written with _ until 2024. */
			for (size_t k = 0; k < name.len; k++)
				if (text[k] == '_')
					text[k] = '-';
			tactics[meta->tactics.count++] = name;
		} else if ((text[0] | 0x20) == 't') {
			text[0] = 'T';
			techniques[meta->techniques.count++] = name;
		}
	}
}

/* --- the rest --- */

static struct slice
logsource_text(struct arena *arena, const struct logsource *logsource)
{
	static const char *const names[LOGSOURCE_KEYS] = {
	    "product", "category", "service"};
	struct slice out = SLICE("");

	for (size_t i = 0; i < LOGSOURCE_KEYS; i++) {
		if (!logsource->key[i].len)
			continue;
		out = arena_printf(arena, "%s%s%s: %.*s",
		    out.len ? out.ptr : "", out.len ? ", " : "", names[i],
		    (int)logsource->key[i].len, logsource->key[i].ptr);
	}
	return out;
}

/* The file's name without its ending; #2 and so on for further documents. */
static struct slice
file_id(struct arena *arena, struct slice path, size_t number)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	const char *dot;

	if (slash)
		path = slice_skip(path, (size_t)(slash - path.ptr) + 1);
	dot = memrchr(path.ptr, '.', path.len);
	if (dot)
		path.len = (size_t)(dot - path.ptr);
	if (number)
		return arena_printf(
		    arena, "%.*s#%zu", (int)path.len, path.ptr, number + 1);
	return arena_copy(arena, path);
}

int
compile_meta(struct compile *compile, const struct yaml *doc, size_t number,
    struct rule_meta *meta)
{
	struct arena *arena = &compile->rules->arena;
	const struct yaml *node = yaml_get(doc, "logsource");
	struct logsource logsource = {0};
	int status = 0;

	*meta = (struct rule_meta){.path = compile->path, .line = doc->line};
	status |= take_text(compile, doc, "title", &meta->title);
	status |= take_text(compile, doc, "id", &meta->id);
	status |= take_text(compile, doc, "name", &meta->name);
	status |= take_text(compile, doc, "description", &meta->description);
	status |= take_text(compile, doc, "author", &meta->author);
	status |= take_level(compile, doc, meta);
	status |= take_strings(compile, doc, "references", &meta->references);
	status |=
	    take_strings(compile, doc, "falsepositives", &meta->falsepositives);
	status |= take_strings(compile, doc, "tags", &meta->tags);
	if (!status)
		take_attack(compile, meta);
	if (!meta->title.len)
		status = compile_fail(compile, doc, "there is no title");
	if (!meta->id.len)
		meta->id = file_id(arena, compile->path, number);
	if (node && !logsource_parse(compile, node, &logsource))
		meta->logsource = logsource_text(arena, &logsource);
	return status;
}
