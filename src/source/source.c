#include "source/source.h"

#include "source/folder.h"
#include "source/graph.h"
#include "source/kafka.h"
#include "source/m365.h"

const struct source_kind *const source_kinds[] = {
    &source_m365, &source_kafka, &source_graph, &source_folder, NULL};

const struct source_kind *
source_kind_find(struct slice name)
{
	for (size_t i = 0; source_kinds[i]; i++)
		if (slice_eq(name, slice_cstr(source_kinds[i]->name)))
			return source_kinds[i];
	return NULL;
}
