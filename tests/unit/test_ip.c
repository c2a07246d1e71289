#include "base/ip.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
reads_addresses_as_suites_write_them(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
	    {"1.2.3.4", "1.2.3.4"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"0.0.0.0", "0.0.0.0"},
	    {" 1.2.3.4\t", "1.2.3.4"},
	    {"1.2.3.4:52378", "1.2.3.4"},
	    {"[1.2.3.4]:52378", "1.2.3.4"},
	    {"::1", "::1"},
	    {"::", "::"},
	    {"[::1]", "::1"},
	    {"[2001:DB8::a]:443", "2001:db8::a"},
	    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
	    {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
	    {"fe80::1%eth0", "fe80::1"},
	    {"[fe80::1%3]:80", "fe80::1"},
	    {"::ffff:10.0.0.1", "10.0.0.1"},
	    {"[::ffff:10.0.0.1]:25", "10.0.0.1"},
	    {"::ffff:a00:1", "10.0.0.1"},
	    {"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char room[IP_TEXT_MAX];
		struct ip ip;

		if (!ip_parse(slice_cstr(cases[i].in), &ip))
			fail_msg("'%s' is not read", cases[i].in);
		assert_string_equal(ip_format(&ip, room).ptr, cases[i].want);
	}
}

static void
refuses_what_is_no_address(void **state)
{
	static const char *const cases[] = {
	    "",
	    " ",
	    ":",
	    "1",
	    "1.2.3",
	    "1.2.3.4.5",
	    "1.2.3.256",
	    "1.2.3.",
	    "01.2.3.4",
	    "1.2.3.4:",
	    "1.2.3.4:65536",
	    "1.2.3.4:x",
	    "1.2.3.4 x",
	    "[1.2.3.4",
	    "[::1",
	    "[::1]x",
	    "[::1]:",
	    "[]",
	    ":::",
	    "1::2::3",
	    "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9",
	    "1:2:3:4:5:6:7:8::",
	    "12345::",
	    "g::",
	    "::1.2.3",
	    "1:",
	    ":1",
	    "::1%",
	    "1.2.3.4%x",
	    "<null>",
	    "localhost",
	    "localhost:12345",
	    "null",
	    "1:2:3:4:5:6:7:1.2.3.4",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		if (ip_parse(slice_cstr(cases[i]), &ip))
			fail_msg("'%s' is read", cases[i]);
	}
}

/* Random addresses with many zeros: as the C library writes and reads them. */
static void
agrees_with_the_c_library(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		char room[IP_TEXT_MAX], text[INET6_ADDRSTRLEN];
		struct ip ip, back;

		for (int i = 0; i < 16; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			ip.bytes[i] =
			    seed >> 62 ? 0 : (unsigned char)(seed >> 40);
		}
		assert_true(ip_parse(ip_format(&ip, room), &back));
		assert_memory_equal(&ip, &back, sizeof(ip));
		assert_int_equal(inet_pton(AF_INET6, room, &back), 1);
		assert_memory_equal(&ip, &back, sizeof(ip));
		assert_non_null(
		    inet_ntop(AF_INET6, ip.bytes, text, sizeof(text)));
		assert_true(ip_parse(slice_cstr(text), &back));
		assert_memory_equal(&ip, &back, sizeof(ip));
	}
}

static void
ranges_hold_what_is_in_them(void **state)
{
	static const struct {
		const char *net, *ip;
		bool in;
	} cases[] = {
	    {"10.0.0.0/8", "10.255.0.1", true},
	    {"10.0.0.0/8", "11.0.0.0", false},
	    {"10.0.0.0/8", "::ffff:10.1.1.1", true},
	    {"10.0.0.0/8", "::10.1.1.1", false},
	    {"192.0.2.7", "192.0.2.7", true},
	    {"192.0.2.7", "192.0.2.6", false},
	    {"192.0.2.6/31", "192.0.2.7", true},
	    {"0.0.0.0/0", "1.2.3.4", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "1.2.3.4", true},
	    {"2001:db8::/32", "2001:db8:ffff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::", false},
	    {"2001:db8::1", "2001:db8::1", true},
	    {"2001:db8::1/128", "2001:db8::2", false},
	};
	static const char *const bad[] = {"", "10.0.0.0/", "10.0.0.0/33",
	    "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/8/8", "2001:db8::/129",
	    "2001:db8::1/64", "10.0.0.0:80/8", "[::1]/128", "10.0.0/8",
	    "10.0.0.0/0008", "/8"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_net net;
		struct ip ip;

		assert_true(ip_net_parse(slice_cstr(cases[i].net), &net));
		assert_true(ip_parse(slice_cstr(cases[i].ip), &ip));
		if (ip_net_has(&net, &ip) != cases[i].in)
			fail_msg("%s, %s", cases[i].net, cases[i].ip);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ip_net net;

		if (ip_net_parse(slice_cstr(bad[i]), &net))
			fail_msg("'%s' is read", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_addresses_as_suites_write_them),
	    cmocka_unit_test(refuses_what_is_no_address),
	    cmocka_unit_test(agrees_with_the_c_library),
	    cmocka_unit_test(ranges_hold_what_is_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
