#include "source/graph_config.h"

#include <string.h>

const char *
graph_audience(const struct graph_config *config)
{
	static const char *const roots[] = {
	    [CLOUD_COMMERCIAL] = "https://graph.microsoft.com",
	    [CLOUD_GCC] = "https://graph.microsoft.com",
	    [CLOUD_GCC_HIGH] = "https://graph.microsoft.us",
	    [CLOUD_DOD] = "https://dod-graph.microsoft.us"};

	return roots[config->entra.cloud];
}

const char *
graph_endpoint(const struct graph_config *config)
{
	return config->endpoint ? config->endpoint : graph_audience(config);
}

bool
graph_config_wants(
    const struct graph_config *config, const struct graph_api *api)
{
	for (size_t i = 0; i < config->streams.count; i++)
		if (!strcmp(config->streams.list[i], api->name))
			return true;
	return !config->streams.count;
}
