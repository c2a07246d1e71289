#include "serve_kind.h"

#include <string.h>

static const char *const names[CONTENT_TYPES] = {
    [CONTENT_ENTRA] = "Audit.AzureActiveDirectory",
    [CONTENT_EXCHANGE] = "Audit.Exchange",
    [CONTENT_SHAREPOINT] = "Audit.SharePoint",
    [CONTENT_GENERAL] = "Audit.General",
    [CONTENT_DLP] = "DLP.All",
};

const char *
content_type_name(enum content_type type)
{
	return names[type];
}

bool
content_type_parse(struct slice name, enum content_type *out)
{
	for (int i = 0; i < CONTENT_TYPES; i++) {
		if (slice_eq(name, slice_cstr(names[i]))) {
			*out = (enum content_type)i;
			return true;
		}
	}
	return false;
}

enum content_type
content_type_of(int record_type, struct slice workload)
{
	switch (record_type) {
	case 11: /* ComplianceDLPSharePoint, Exchange, endpoints, and so on */
	case 13:
	case 33:
	case 63:
	case 99:
	case 100:
	case 107:
		return CONTENT_DLP;
	case 1:
	case 2:
	case 3:
	case 19:
	case 29:
	case 50:
	case 101:
		return CONTENT_EXCHANGE;
	case 4:
	case 6:
	case 7:
	case 14:
	case 36:
	case 37:
	case 54:
	case 55:
	case 56:
	case 102:
		return CONTENT_SHAREPOINT;
	case 8:
	case 9:
	case 15:
	case 294:
		return CONTENT_ENTRA;
	default:
		break;
	}
	if (slice_eq(workload, SLICE("Exchange")))
		return CONTENT_EXCHANGE;
	if (slice_eq(workload, SLICE("SharePoint")) ||
	    slice_eq(workload, SLICE("OneDrive")))
		return CONTENT_SHAREPOINT;
	if (slice_eq(workload, SLICE("AzureActiveDirectory")))
		return CONTENT_ENTRA;
	return CONTENT_GENERAL;
}

static struct slice
behind(struct slice bytes, const char *key)
{
	const char *at = memmem(bytes.ptr, bytes.len, key, strlen(key));

	if (!at)
		return (struct slice){0};
	return slice_skip(bytes, (size_t)(at - bytes.ptr) + strlen(key));
}

enum content_type
content_type_of_record(struct slice bytes)
{
	struct slice rest = behind(bytes, "\"RecordType\":");
	uint64_t type = 0;

	slice_to_u64(slice_cut(&rest, ','), &type);
	rest = behind(bytes, "\"Workload\":\"");
	return content_type_of((int)type, slice_cut(&rest, '"'));
}
