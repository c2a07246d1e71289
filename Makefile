# firn
#
#   make                 build/firn and build/firn-sim
#   make run             a made-up tenant, attacked and collected, until Ctrl-C;
#                        FOR=60: for so many seconds
#   make test            all tests; TESTS="tests/unit/test_csv.c ..." for some
#   make lint            format, clang-tidy, include order, limits
#   make fuzz            each fuzz target for FUZZ_SECONDS (60); FUZZ="csv ..."
#   make soak            what is too long for `make test`
#   make bench           measurements, see bench/
#   make install         to PREFIX (/usr/local), under DESTDIR
#   make setup-run       what `make run` needs and is missing, on Debian 12
#   make setup-test      what `make test` and `make lint` need besides
#   make setup-kafka     a Kafka broker for tests/e2e/test_kafka.py, by Maven
#   make setup-browser   Chromium for tests/e2e/test_damage_page.py
#   make clean
#
#   BUILD=dir            where everything built goes (build)
#   CC=clang CXX=clang++ other compilers; give them a BUILD of their own
#   WERROR=              warnings stay warnings
#   V=1                  print whole commands
#   SAN=thread           another sanitizer for the tests (address,undefined)
#   DIRS="base json"     only these folders of src/ go into the tests
#   JOBS=n               jobs at once (the number of processors)

BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
SAN ?= address,undefined
FUZZ_SECONDS ?= 60
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
FUZZ_CC ?= clang
FUZZ_CXX ?= clang++
OPT ?= -O2 -g -fno-plt
WERROR ?= -Werror

PKGS := simdjson libfyaml libpcre2-8 libzstd zlib libmaxminddb libcrypto \
	libssl libcurl libh2o-evloop rdkafka
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual \
	-Wpointer-arith -Wformat=2 -Wundef -Wvla $(WERROR)
WARN_C := $(WARN) -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wwrite-strings
C_FLAGS := -std=c11 -D_GNU_SOURCE -Isrc -isystem node_modules -include base/banned.h $(WARN_C) \
	-pthread $(PKG_CFLAGS) -MMD -MP $(CPPFLAGS) $(CFLAGS)
CXX_FLAGS := -std=c++17 -Isrc $(WARN) -pthread $(PKG_CFLAGS) -MMD -MP \
	$(CPPFLAGS) $(CXXFLAGS)
LINK_FLAGS := -pthread $(LDFLAGS)
SAN_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
	-fno-sanitize-recover=all
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# What is in src/ but for main.c is linked into everything.  The simulator is
# the exception: it may use only the first folders, which read no records.
DIRS ?= $(notdir $(patsubst %/,%,$(sort $(wildcard src/*/))))
sources = $(sort $(foreach dir,$(1),$(wildcard src/$(dir)/*.c src/$(dir)/*.cc)))
LIB_SRC := $(call sources,$(DIRS)) $(sort $(wildcard src/pipeline*.c))
FIRN_SRC := src/main.c $(LIB_SRC)
# Children of firn that load DuckDB; nothing else does.  Each has its sources,
# duck*.c and what is linked into everything.
CHILDREN := seal query
child_sources = $(sort $(wildcard src/duck*.c src/$(1)*.c))
# Its attacks, in the order in which it lists them, are part of it.
ATTACKS := midnight-blizzard forged-token device-code token-theft consent bec \
	insider audit-tampering
ATTACKS_C := $(BUILD)/gen/attack_texts.c
SIM_SRC := $(sort $(wildcard sim/*.c)) $(ATTACKS_C) \
	$(call sources,base text json net geo)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
# Rules judged a second time, to compare with; in every test's library.
REF_SRC := $(sort $(wildcard tests/reference/*.c))

DUCKDB := node_modules/@duckdb/node-bindings-linux-x64

# A directory of objects for each way of compiling.
O := $(BUILD)/obj
S := $(BUILD)/$(if $(filter thread,$(SAN)),san-thread,san)
F := $(BUILD)/fuzz
L := $(BUILD)/lint
objects = $(addprefix $(1)/,$(addsuffix .o,$(2)))

TESTS ?= $(UNIT_SRC) $(sort $(wildcard tests/e2e/*.sh tests/e2e/test_*.py))
UNIT_BIN := $(patsubst %.c,$(S)/%,$(filter tests/unit/%.c,$(TESTS)))
TEST_BIN := $(UNIT_BIN) $(if $(filter-out tests/unit/%,$(TESTS)),$(S)/firn \
	$(S)/firn-sim $(CHILDREN:%=$S/lib/firn/firn-%) $S/fault.so \
	$S/outbox-driver)
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
TIDY := $(patsubst %,$L/%.ok,$(FIRN_SRC) $(sort $(wildcard sim/*.c)) \
	$(foreach c,$(CHILDREN),$(call child_sources,$c)) $(UNIT_SRC) \
	$(FUZZ_SRC) $(REF_SRC))
FUZZ_BIN := $(addprefix $(F)/,$(FUZZ))

say = $(if $(V),,@echo "$(1) $@";)

.PHONY: all run test test-programs lint fuzz fuzz-programs soak bench install \
	setup-run setup-test setup-kafka setup-browser clean share tidy
.SECONDARY:
.DELETE_ON_ERROR:
all: $(BUILD)/firn $(BUILD)/firn-sim $(CHILDREN:%=$(BUILD)/lib/firn/firn-%) share

$(BUILD)/firn: $(call objects,$O,$(FIRN_SRC))
	$(call say,LINK)$(CXX) $(OPT) $(LINK_FLAGS) -o $@ $^ $(LIBS)
$(BUILD)/firn-sim: $(call objects,$O,$(SIM_SRC))
	$(call say,LINK)$(CXX) $(OPT) $(LINK_FLAGS) -o $@ $^ $(LIBS)
$(BUILD)/bench-%: $O/bench/%.c.o $(call objects,$O,$(LIB_SRC))
	$(call say,LINK)$(CXX) $(OPT) $(LINK_FLAGS) -o $@ $^ $(LIBS)
$S/firn: $(call objects,$S,$(FIRN_SRC))
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $^ $(LIBS)
$S/firn-sim: $(call objects,$S,$(SIM_SRC))
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $^ $(LIBS)
$S/libfirn.a: $(call objects,$S,$(LIB_SRC) $(REF_SRC))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$F/libfirn.a: $(call objects,$F,$(LIB_SRC) $(REF_SRC))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$S/tests/unit/%: $S/tests/unit/%.c.o $S/libfirn.a
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $^ $(LIBS) -lcmocka
# Those of the simulator.
SIM_PARTS := $(filter-out sim/main.c,$(sort $(wildcard sim/*.c))) $(ATTACKS_C)
$S/tests/unit/test_sim_%: $S/tests/unit/test_sim_%.c.o \
		$(call objects,$S,$(SIM_PARTS)) $S/libfirn.a
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $^ $(LIBS) -lcmocka
# Those of what only the children have.
$S/tests/unit/test_duck_%: $S/tests/unit/test_duck_%.c.o $S/libfirn.a \
		$(call objects,$S,$(sort $(wildcard src/duck*.c))) \
		$S/lib/firn/libduckdb.so
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $(filter %.o,$^) \
		$S/libfirn.a -L$S/lib/firn -lduckdb \
		-Wl,-rpath,'$$ORIGIN/../../lib/firn' $(LIBS) -lcmocka
$F/%: $F/tests/fuzz/fuzz_%.c.o $F/libfirn.a
	$(call say,LINK)$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer $(LINK_FLAGS) -o $@ $^ $(LIBS)
$F/libsim.a: $(call objects,$F,$(SIM_PARTS))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$F/sim_%: $F/tests/fuzz/fuzz_sim_%.c.o $F/libsim.a $F/libfirn.a
	$(call say,LINK)$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer $(LINK_FLAGS) -o $@ $^ $(LIBS)

$S/outbox-driver: $S/tests/e2e/outbox_driver.c.o $S/libfirn.a
	$(call say,LINK)$(CXX) $(SAN_FLAGS) $(LINK_FLAGS) -o $@ $^ $(LIBS)

# Without sanitizers: it is loaded before their library.
$S/fault.so: tests/e2e/fault_library.c tests/unit/fault.h tests/unit/fault_calls.h
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -O1 -g $(filter-out -MMD -MP,$(C_FLAGS)) -shared -fPIC -o $@ $<

# top directory, child, directory of objects, flags
define child
$(1)/lib/firn/firn-$(2): $$(call objects,$(3),$$(call child_sources,$(2)) \
		$$(LIB_SRC)) $(1)/lib/firn/libduckdb.so
	$$(call say,LINK)$$(CXX) $(4) $$(LINK_FLAGS) -o $$@ $$(filter %.o,$$^) \
		-L$$(@D) -lduckdb -Wl,-rpath,'$$$$ORIGIN' $$(LIBS)
endef
$(foreach c,$(CHILDREN),$(eval $(call child,$(BUILD),$c,$O,$(OPT))))
$(foreach c,$(CHILDREN),$(eval $(call child,$S,$c,$S,$(SAN_FLAGS))))
%/lib/firn/libduckdb.so: $(DUCKDB)/libduckdb.so
	@mkdir -p $(@D)
	@ln -sf $(CURDIR)/$< $@

# directory, C compiler, C++ compiler, flags
define compile
$(1)/%.c.o: %.c | pkgs
	@mkdir -p $$(@D)
	$$(call say,CC)$(2) $(4) $$(C_FLAGS) -c -o $$@ $$<
$(1)/%.cc.o: %.cc | pkgs
	@mkdir -p $$(@D)
	$$(call say,CXX)$(3) $(4) $$(CXX_FLAGS) -c -o $$@ $$<
endef
$(eval $(call compile,$O,$(CC),$(CXX),$(OPT)))
$(eval $(call compile,$S,$(CC),$(CXX),$(SAN_FLAGS)))
$(eval $(call compile,$F,$(FUZZ_CC),$(FUZZ_CXX),$(FUZZ_FLAGS)))

$(ATTACKS_C): $(ATTACKS:%=sim/attacks/%.yaml) scripts/embed.sh
	@mkdir -p $(@D)
	$(call say,EMBED)scripts/embed.sh attack_texts $(filter %.yaml,$^) >$@

# Looks again only at what has changed since it found nothing.
$L/%.c.ok: %.c .clang-tidy
	$(call tidy,$(C_FLAGS))
$L/%.cc.ok: %.cc .clang-tidy
	$(call tidy,$(CXX_FLAGS))
define tidy
	@mkdir -p $(@D)
	@$(CC) $(1) -MM -MT $@ -MF $(@:.ok=.d) $<
	$(call say,TIDY)clang-tidy-14 --quiet $< -- \
		$(filter-out -include base/banned.h,$(1)) 2>$(@:.ok=.err) || \
		{ grep -v generated $(@:.ok=.err); exit 1; }
	@touch $@
endef

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: pkgs
pkgs:
	@pkg-config --exists --print-errors $(PKGS) || { \
	echo "make setup-run installs what is missing" >&2; exit 1; }
node_modules/%:
	@echo "$@ is missing; make setup-run fetches it" >&2; exit 1

# Beside the program, as in an installation: what it finds by itself.
GEO := node_modules/@ip-location-db/geo-whois-asn-country-mmdb
share:
	@mkdir -p $(BUILD)/share/firn/geo
	@ln -sfn $(CURDIR)/rules $(BUILD)/share/firn/rules
	@ln -sf $(CURDIR)/$(GEO)/geo-whois-asn-country.mmdb \
		$(BUILD)/share/firn/geo/country.mmdb

# The recipes below call make again, since what setup installs is looked for
# when make starts.
run: setup-run
	+@$(MAKE) --no-print-directory -j$(JOBS) all
	@scripts/demo.sh $(BUILD) $(FOR)

test: setup-test
	+@$(MAKE) --no-print-directory -j$(JOBS) -k test-programs
	@S=$S TOTAL=$(BUILD)/tests.total tests/run.sh $(TESTS)
test-programs: $(TEST_BIN) share

lint: setup-test
	@scripts/lint.sh
	+@$(MAKE) --no-print-directory -j$(JOBS) -k tidy
tidy: $(TIDY)

fuzz: setup-test
	+@$(MAKE) --no-print-directory -j$(JOBS) fuzz-programs
	@BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh $(FUZZ)
fuzz-programs: $(FUZZ_BIN)

soak: setup-test
	+@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=600
	+@FIRN_SEED=$$(date +%s) FIRN_PAIRS=3000000 $(MAKE) --no-print-directory \
		test TESTS=tests/unit/test_rule_reference.c
	+@$(MAKE) --no-print-directory test SAN=thread TESTS="tests/unit/test_swap.c \
		tests/unit/test_append.c \
		tests/e2e/test_scan_output.py tests/e2e/test_scan_hostile.py"
	+@FIRN_DAMAGE_SEEDS=20 LIMIT=20000 $(MAKE) --no-print-directory test \
		TESTS="tests/e2e/test_damage.py tests/e2e/test_damage_state.py"
	+@FIRN_KILL_ROUNDS=1000 FIRN_FAULT_STEP=1 LIMIT=20000 $(MAKE) \
		--no-print-directory test TESTS="tests/unit/test_ledger_fault.c \
		tests/e2e/test_import.py tests/e2e/test_control.py \
		tests/e2e/test_segments_kill.py tests/e2e/test_erase.py \
		tests/e2e/test_ledger_changes.py tests/unit/test_run_crash.c \
		tests/e2e/test_faults.py"
	+@FIRN_MIX_SEEDS=50 LIMIT=20000 $(MAKE) --no-print-directory \
		test TESTS=tests/e2e/test_run.py
	+@FIRN_SILENCE_SEEDS=5 LIMIT=20000 $(MAKE) --no-print-directory \
		test TESTS=tests/e2e/test_run_silence.py
	tests/chroot.sh

bench: setup-test
	+@$(MAKE) --no-print-directory -j$(JOBS) all \
		$(addprefix $(BUILD)/bench-,floor match load correlate ledger)
	@BUILD=$(BUILD) bench/run.sh

DEST := $(DESTDIR)$(PREFIX)
install: all
	install -d $(DEST)/bin $(DEST)/lib/firn $(DEST)/share/firn/geo
	install $(BUILD)/firn $(BUILD)/firn-sim $(DEST)/bin
	install $(CHILDREN:%=$(BUILD)/lib/firn/firn-%) $(DEST)/lib/firn
	install -m 644 $(DUCKDB)/libduckdb.so $(DUCKDB)/LICENSE $(DEST)/lib/firn
	rm -rf $(DEST)/share/firn/rules
	cp -R rules $(DEST)/share/firn/
	install -m 644 $(GEO)/NRO_LICENSE $(DEST)/share/firn/geo/
	install -m 644 $(GEO)/geo-whois-asn-country.mmdb \
		$(DEST)/share/firn/geo/country.mmdb
	install -D -m 644 docs/firn.1 $(DEST)/share/man/man1/firn.1
	install -d $(DEST)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|' scripts/systemd/firn.service \
		>$(DEST)/lib/systemd/system/firn.service
	install -D -m 644 scripts/completion/firn.bash \
		$(DEST)/share/bash-completion/completions/firn

setup-run:
	@scripts/setup.sh run
setup-test:
	@scripts/setup.sh test
setup-kafka:
	@scripts/kafka.sh get $(BUILD)/kafka
setup-browser:
	@scripts/setup.sh browser
clean:
	rm -rf $(BUILD)
