/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "utils/tlshd/askers.h"

static char folder[] = "/tmp/test_askers.XXXXXX";
static char children[64];

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void list_threads(const char *ids)
{
	write_text(children, ids);
}

static void set_thread(int id, const char *name, char state)
{
	char path[96], text[96];

	snprintf(path, sizeof(path), "%s/%d", folder, id);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/stat", folder, id);
	snprintf(text, sizeof(text), "%d (%s) %c 2 0 0 0 -1 69238880 0 0\n", id, name, state);
	write_text(path, text);
}

static void the_one_that_runs_is_waited_for(void **state)
{
	struct askers *askers = askers_new(children, folder);

	(void)state;
	assert_non_null(askers);
	set_thread(11, "nfsd", 'I');
	set_thread(12, "nfsd", 'R');
	set_thread(13, "kworker/0:1", 'R');
	set_thread(14, "nfsd4", 'R');
	list_threads("11 12 13 14 15 ");
	assert_false(askers_have_slept(askers, 1000, 1020));
	/* it has slept, and runs again */
	set_thread(12, "nfsd", 'S');
	assert_true(askers_have_slept(askers, 1000, 1030));
	set_thread(12, "nfsd", 'R');
	assert_true(askers_have_slept(askers, 1000, 1040));
	/* but not since the next request */
	assert_false(askers_have_slept(askers, 1035, 1050));
	assert_false(askers_have_slept(askers, 1055, 1060));
	set_thread(12, "nfsd", 'D');
	assert_true(askers_have_slept(askers, 1055, 1070));
	askers_free(askers);
}

static void a_look_from_before_the_request_does_not_count(void **state)
{
	struct askers *askers = askers_new(children, folder);

	(void)state;
	set_thread(12, "nfsd", 'S');
	list_threads("12 ");
	assert_true(askers_have_slept(askers, 1000, 1020));
	set_thread(12, "nfsd", 'R');
	assert_false(askers_have_slept(askers, 1021, 1021));
	askers_free(askers);
}

static void new_threads_are_found_and_ended_ones_forgotten(void **state)
{
	struct askers *askers = askers_new(children, folder);
	char path[96];

	(void)state;
	set_thread(12, "nfsd", 'R');
	list_threads("12 ");
	assert_false(askers_have_slept(askers, 1000, 1020));
	/* another program has its number now */
	set_thread(12, "xfsaild", 'R');
	assert_true(askers_have_slept(askers, 1000, 1030));
	set_thread(16, "nfsd", 'R');
	list_threads("16 ");
	assert_false(askers_have_slept(askers, 4000, 4020));
	snprintf(path, sizeof(path), "%s/16/stat", folder);
	write_text(path, "");
	assert_true(askers_have_slept(askers, 4000, 4030));
	askers_free(askers);
}

static void where_none_can_be_seen_nobody_is_waited_for(void **state)
{
	struct askers *askers = askers_new("/nowhere/children", folder);

	(void)state;
	assert_true(askers_have_slept(askers, 1000, 1020));
	askers_free(askers);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(children, sizeof(children), "%s/children", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_that_runs_is_waited_for),
		cmocka_unit_test(a_look_from_before_the_request_does_not_count),
		cmocka_unit_test(new_threads_are_found_and_ended_ones_forgotten),
		cmocka_unit_test(where_none_can_be_seen_nobody_is_waited_for),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
