#include <stdlib.h>
#include <unistd.h>

#include "cmd/rules.h"
#include "geo/geo.h"
#include "pipeline.h"

#define THREADS_MAX 8

int
rules_scan(const struct rules_args *args, struct pipeline_options *options,
    struct files *files, struct tally *tally, struct err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	char *geo = geo_shipped();
	int status = 0;

	options->geo_path = geo;
	options->from_us = INT64_MIN;
	options->to_us = INT64_MAX;
	/* What looks over a worker's shoulder can look at one only. */
	options->threads = processors < 1 || options->costs || options->look ? 1
	                   : processors > THREADS_MAX ? THREADS_MAX
	                                              : (unsigned)processors;
	for (size_t i = 0; i < args->path_count && !status; i++)
		status = files_add(files, args->paths[i], err);
	if (!status)
		status = pipeline_scan(options, files, NULL, tally, err);
	if (!status && !tally->files)
		status =
		    err_set(err, ERR_INPUT, "no file given is a readable log");
	free(geo);
	return status;
}
