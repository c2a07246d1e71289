#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/source.h"
#include "text/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 does not give back a quoted text that it refuses midway. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void
need(bool good)
{
	if (!good)
		abort();
}

/* What a row allows. */
static void
check_row(const struct config_row *row, const char *at)
{
	const int64_t *number = (const int64_t *)(const void *)at;
	const unsigned *word = (const unsigned *)(const void *)at;
	const struct config_texts *texts = (const void *)at;
	const struct config_secret *secret = (const void *)at;
	unsigned words = 1;

	switch (row->type) {
	case CONFIG_COUNT:
	case CONFIG_TIME:
	case CONFIG_SIZE:
		need(*number >= (row->preset ? row->min : 0));
		need(!row->max || *number <= row->max);
		break;
	case CONFIG_WORD:
		for (const char *c = row->words; *c; c++)
			words += *c == '|';
		need(*word < words);
		break;
	case CONFIG_TEXTS:
		for (size_t i = 0; i < texts->count; i++)
			need(texts->list[i] != NULL);
		break;
	case CONFIG_PATHS:
		for (size_t i = 0; i < texts->count; i++)
			need(!*texts->list[i] || *texts->list[i] == '/');
		break;
	case CONFIG_SECRET:
		need(!secret->file || !secret->env);
		break;
	case CONFIG_PATH:
		if (*(const char *const *)(const void *)at)
			need(!**(const char *const *)(const void *)at ||
			     **(const char *const *)(const void *)at == '/');
		break;
	default:
		break;
	}
	if (row->must && row->type < CONFIG_WORD)
		need(*(const char *const *)(const void *)at != NULL);
}

/* Read whole, all values are as their rows allow; else it says where. */
static void
check_kind(const struct source_kind *kind, const struct config_file *file,
    const struct yaml *root)
{
	void *room = arena_calloc(file->arena, 1, kind->config_size);
	struct err err = {0};

	if (config_read(file, kind->table, root, room, &err)) {
		need(err.code == ERR_INPUT);
		need(!strncmp(err.msg, "f.yaml:", 7));
		need(err.msg[7] >= '1' && err.msg[7] <= '9');
		return;
	}
	for (size_t i = 0; i < kind->table->count; i++) {
		const struct config_row *row = &kind->table->rows[i];

		check_row(row, (const char *)room + row->at);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	const struct config_file file = {.path = "f.yaml",
	    .dir = "/etc/firn",
	    .arena = &arena,
	    .tag = size % 2 ? "kind" : NULL};
	struct yaml_place place;
	struct yaml *root;

	if (size < 65536 &&
	    !yaml_parse(&arena, slice_of(data, size), &root, &place, NULL))
		for (size_t i = 0; source_kinds[i]; i++)
			check_kind(source_kinds[i], &file, root);
	arena_release(&arena);
	return 0;
}
