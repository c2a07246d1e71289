#include "finding/output.h"

#include "base/arena.h"

const struct output_kind *const output_kinds[] = {&output_file, &output_webhook,
    &output_syslog, &output_hec, &output_mail, NULL};

const struct output_kind *
output_kind_find(struct slice name)
{
	for (size_t i = 0; output_kinds[i]; i++)
		if (slice_eq(name, slice_cstr(output_kinds[i]->name)))
			return output_kinds[i];
	return NULL;
}

int
output_config_read(const struct config_file *file, const struct yaml *map,
    struct output_config *out, struct err *err)
{
	const struct yaml *kind = yaml_get(map, "kind");
	struct config_file tagged = *file;
	void *config;

	if (!kind || !yaml_is_scalar(kind))
		return config_wrong(
		    file, map, err, "an output wants its 'kind'");
	out->kind = output_kind_find(kind->text);
	if (!out->kind)
		return config_wrong(file, kind, err,
		    "there is no kind of output '" SLICE_FMT
		    "': it is file, webhook, syslog, hec or mail",
		    SLICE_ARG(kind->text));
	config = arena_calloc(file->arena, 1, out->kind->config_size);
	out->config = config;
	tagged.tag = "kind";
	return config_read(&tagged, out->kind->table, map, config, err);
}

void
output_again(struct output_result *result, const struct err *why)
{
	result->end = OUTPUT_AGAIN;
	result->why = *why;
}
