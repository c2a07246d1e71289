#include <stdio.h>

#include "cmd/rules.h"
#include "text/yaml.h"

static int
fail_at(
    struct err *err, const char *path, const struct yaml *at, const char *what)
{
	return err_set(
	    err, ERR_INPUT, "%s:%u:%u: %s", path, at->line, at->column, what);
}

/* A scalar is a list of one. */
static int
add_placeholder(struct placeholders *out, const char *path,
    const struct yaml *value, struct err *err)
{
	const struct yaml *node =
	    value->type == YAML_LIST ? value->first : value;
	size_t count = value->type == YAML_LIST ? value->count : 1;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	const char **values =
	    arena_calloc(&out->arena, count + 1, sizeof(const char *));

	if (value->type == YAML_MAP)
		return fail_at(err, path, value, "must be a list of values");
	for (size_t i = 0; i < count; i++, node = node->next) {
		if (!yaml_is_scalar(node))
			return fail_at(
			    err, path, node, "a value must be plain");
		values[i] = node->text.ptr;
	}
	out->list[out->count++] =
	    (struct rules_placeholder){value->key->text.ptr, values, count};
	return 0;
}

int
rules_placeholders(struct placeholders *out, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct yaml_place place;
	struct buf text = {0};
	struct yaml *doc;
	size_t n;
	int status = -1;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	do {
		n = fread(buf_reserve(&text, 64 << 10), 1, 64 << 10, file);
		text.len += n;
	} while (n && text.len <= YAML_TEXT_MAX);
	if (ferror(file)) {
		err_sys(err, "cannot read '%s'", path);
		goto out;
	}
	if (yaml_parse(&out->arena, buf_slice(&text), &doc, &place, err)) {
		err_context(err, "%s:%u:%u", path, place.line, place.column);
		goto out;
	}
	if (!doc || doc->type != YAML_MAP) {
		err_set(err, ERR_INPUT,
		    "'%s' holds no map of names to lists of values", path);
		goto out;
	}
	out->list = arena_calloc(&out->arena, doc->count, sizeof(*out->list));
	for (const struct yaml *value = doc->first; value; value = value->next)
		if (add_placeholder(out, path, value, err))
			goto out;
	status = 0;
out:
	fclose(file);
	buf_release(&text);
	return status;
}
