#ifndef SOURCE_M365_CONFIG_H
#define SOURCE_M365_CONFIG_H

#include <stdbool.h>

#include "source/entra.h"

/*
 * m365_config - what is configured of a source of kind m365.
 */
#define TYPES_MAX 5

struct m365_config {
	struct entra_config entra;
	const char *endpoint, *publisher;
	struct config_texts types;
	int64_t poll_us, overlap_us, reach_us, again_us, back_us, patience_us;
	int64_t parallel, quota, blob_max;
};

/* URL of the API, and the audience of its tokens; static or borrowed. */
const char *m365_endpoint(const struct m365_config *config);
const char *m365_audience(const struct m365_config *config);

/* Content type number i of those that are read; NULL: there are no more. */
const char *m365_type(const struct m365_config *config, size_t i);

/* Whether there is a content type of that name. */
bool m365_is_type(const char *type);

#endif
