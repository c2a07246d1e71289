#include "source/m365_config.h"

#include <string.h>

static const char *const types[TYPES_MAX] = {"Audit.AzureActiveDirectory",
    "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"};

const char *
m365_audience(const struct m365_config *config)
{
	static const char *const roots[] = {
	    [CLOUD_COMMERCIAL] = "https://manage.office.com",
	    [CLOUD_GCC] = "https://manage-gcc.office.com",
	    [CLOUD_GCC_HIGH] = "https://manage.office365.us",
	    [CLOUD_DOD] = "https://manage.protection.apps.mil"};

	return roots[config->entra.cloud];
}

const char *
m365_endpoint(const struct m365_config *config)
{
	return config->endpoint ? config->endpoint : m365_audience(config);
}

const char *
m365_type(const struct m365_config *config, size_t i)
{
	size_t count = config->types.count ? config->types.count : TYPES_MAX;

	if (i >= count)
		return NULL;
	return config->types.count ? config->types.list[i] : types[i];
}

bool
m365_is_type(const char *type)
{
	for (size_t i = 0; i < TYPES_MAX; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}
