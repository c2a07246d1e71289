#include "base/share.h"
#include "rule/rules.h"

char *
rules_shipped_dir(struct err *err)
{
	char *path = share_path("FIRN_RULES", "rules");

	if (!path)
		err_set(err, ERR_INPUT,
		    "the shipped rules are not where the program is; "
		    "FIRN_RULES may name their folder");
	return path;
}
