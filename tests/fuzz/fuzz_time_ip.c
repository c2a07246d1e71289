#include <stdlib.h>

#include "base/ip.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define YEAR_1     INT64_C(-62135596800000000)
#define YEAR_10000 INT64_C(253402300800000000)

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* A time that is read is written and read again as the same. */
static void
check_time(int64_t us)
{
	struct time_civil civil = time_civil(us);
	char room[TIME_TEXT_MAX];
	struct slice text = time_format(us, room);
	int64_t again;

	require(text.len == TIME_TEXT_MAX - 1 && text.ptr[text.len] == '\0');
	require(civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
	        civil.day <= 31 && civil.hour < 24 && civil.second < 60);
	/* A zone may move the first and the last day out of what is written. */
	if (us < YEAR_1 || us >= YEAR_10000)
		return;
	require(time_parse(text, &again) && again == us);
	require(us - time_of_civil(&civil) >= 0 &&
	        us - time_of_civil(&civil) < 1000000);
}

static void
check_ip(const struct ip *ip)
{
	char room[IP_TEXT_MAX], room_again[IP_TEXT_MAX];
	struct slice text = ip_format(ip, room);
	struct ip_net net;
	struct ip again;

	require(text.len > 0 && text.len < IP_TEXT_MAX);
	require(ip_parse(text, &again));
	require(!memcmp(ip, &again, sizeof(again)));
	require(slice_eq(text, ip_format(&again, room_again)));
	require(ip_net_parse(text, &net) && net.bits == 128);
	require(ip_net_has(&net, ip));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct ip_net net;
	struct ip ip;
	int64_t us, count;

	if (time_parse(text, &us))
		check_time(us);
	if (size >= sizeof(count)) {
		memcpy(&count, data, sizeof(count));
		check_time(count);
		if (time_from_count(count, &us))
			check_time(us);
	}
	if (ip_parse(text, &ip))
		check_ip(&ip);
	if (ip_net_parse(text, &net))
		require(net.bits <= 128 && ip_net_has(&net, &net.base));
	return 0;
}
