/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Junctions: the XML of the attribute, and which folders are asked for it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "support/junction/junction.h"
#include "support/junction/junction_private.h"

/* As nfsref of nfs-utils writes it. */
static const char as_nfsref[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<junction>\n"
	"  <savedmode bits=\"755\"/>\n"
	"  <fileset>\n"
	"    <location>\n"
	"      <host name=\"fileserver.example.net\"/>\n"
	"      <path>\n"
	"        <component>srv</component>\n"
	"        <component>R&amp;D</component>\n"
	"      </path>\n"
	"      <currency>-1</currency>\n"
	"      <genflags writable=\"false\" going=\"false\" split=\"true\"/>\n"
	"      <transflags rdma=\"true\"/>\n"
	"      <class simul=\"0\" handle=\"0\" fileid=\"0\" writever=\"0\" change=\"0\" readdir=\"0\"/>\n"
	"      <read rank=\"0\" order=\"0\"/>\n"
	"      <write rank=\"0\" order=\"0\"/>\n"
	"      <flags varsub=\"false\"/>\n"
	"      <validfor>0</validfor>\n"
	"    </location>\n"
	"  </fileset>\n"
	"</junction>\n";

#define JUNCTION(locations) "<junction><fileset>" locations "</fileset></junction>"
#define LOCATION(host, path, rest) "<location><host " host "/><path>" path "</path>" rest "</location>"
#define C(text) "<component>" text "</component>"

static int parse(const char *xml, struct junction *junction, struct error *e)
{
	memset(e, 0, sizeof(*e));
	return junction_parse(xml, strlen(xml), junction, e);
}

static void assert_location(const struct junction *junction, size_t at, const char *host, const char *path)
{
	assert_true(at < junction->count);
	assert_string_equal(junction->locations[at].host, host);
	assert_string_equal(junction->locations[at].path, path);
}

/* The one location of a document that is right. */
static void assert_reads(const char *xml, const char *host, const char *path)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e;

	if (parse(xml, &junction, &e))
		fail_msg("%s: %s", xml, e.text);
	assert_int_equal(junction.count, 1);
	assert_location(&junction, 0, host, path);
}

static void assert_refused_bytes(const char *xml, size_t size, int code, const char *words)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e = { 0 };

	assert_int_equal(junction_parse(xml, size, &junction, &e), code);
	assert_int_equal(junction.count, 0);
	assert_null(junction.locations);
	if (!strstr(e.text, words))
		fail_msg("\"%s\" does not say \"%s\"", e.text, words);
}

static void assert_refused(const char *xml, const char *words)
{
	assert_refused_bytes(xml, strlen(xml), -EINVAL, words);
}

/* ---- what is read -------------------------------------------------------------- */

static void reads_what_nfsref_writes(void **state)
{
	(void)state;
	assert_reads(as_nfsref, "fileserver.example.net", "/srv/R&D");
}

static void reads_hosts_as_the_kernel_lists_them(void **state)
{
	(void)state;
	assert_reads(JUNCTION(LOCATION("name='a_b.example.'", C("x"), "")), "a_b.example.", "/x");
	assert_reads(JUNCTION(LOCATION("name='192.0.2.7'", C("x"), "")), "192.0.2.7", "/x");
	assert_reads(JUNCTION(LOCATION("name='fd00::2'", C("x"), "")), "[fd00::2]", "/x");
	assert_reads(JUNCTION(LOCATION("name='[fd00::2]'", C("x"), "")), "[fd00::2]", "/x");
}

/* 20049 is 78 * 256 + 81. */
static void reads_ports_as_universal_addresses(void **state)
{
	(void)state;
	assert_reads(JUNCTION(LOCATION("name='192.0.2.7' port='20049'", C("x"), "")), "192.0.2.7.78.81", "/x");
	assert_reads(JUNCTION(LOCATION("name='fd00::2' port='20049'", C("x"), "")), "[fd00::2.78.81]", "/x");
	assert_reads(JUNCTION(LOCATION("name='192.0.2.7' port='1'", C("x"), "")), "192.0.2.7.0.1", "/x");
	assert_reads(JUNCTION(LOCATION("name='192.0.2.7' port='65535'", C("x"), "")), "192.0.2.7.255.255", "/x");
	assert_reads(JUNCTION(LOCATION("name='192.0.2.7' port='2049'", C("x"), "")), "192.0.2.7", "/x");
	assert_reads(JUNCTION(LOCATION("name='a.example' port='2049'", C("x"), "")), "a.example", "/x");
}

static void reads_paths(void **state)
{
	(void)state;
	assert_reads(JUNCTION(LOCATION("name='a'", "", "")), "a", "/");
	assert_reads(JUNCTION(LOCATION("name='a'", "\n " C("b") "<!-- --> <other/>" C("c"), "")), "a", "/b/c");
	assert_reads(JUNCTION(LOCATION("name='a'", C("&lt;&#x62;&gt; &quot;&#10;\\"), "")), "a", "/<b> \"\n\\");
	assert_reads(JUNCTION(LOCATION("name='a'", C("<![CDATA[<&]]>z"), "")), "a", "/<&z");
	assert_reads(JUNCTION(LOCATION("name='a'", C("...") C("..b") C(" "), "")), "a", "/.../..b/ ");
	assert_reads(JUNCTION(LOCATION("name='a'", C("sm\303\270r"), "")), "a", "/sm\303\270r");
}

static void orders_locations_by_rank(void **state)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(parse(JUNCTION(LOCATION("name='e'", "", "<read rank='255' order='0'/>")
						LOCATION("name='c'", "",
							 "<read rank='1' order='2'/>") LOCATION("name='a'", "", "")
							LOCATION("name='d'", "", "<read rank='1' order='2'/>")
								LOCATION("name='b'", "", "<read rank='1' order='1'/>")),
			       &junction, &e),
			 0);
	assert_int_equal(junction.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_location(&junction, i, (char[]){ (char)('a' + i), '\0' }, "/");
}

static void reads_several_filesets(void **state)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(parse("<junction><fileset>" LOCATION(
				       "name='a'", C("x"),
				       "") "</fileset><savedmode/><fileset>" LOCATION("name='b'", C("y"),
										      "") "</fileset></junction>",
			       &junction, &e),
			 0);
	assert_int_equal(junction.count, 2);
	assert_location(&junction, 0, "a", "/x");
	assert_location(&junction, 1, "b", "/y");
}

/* ---- what is refused ------------------------------------------------------------ */

static void refuses_what_is_no_junction(void **state)
{
	(void)state;
	assert_refused("", "is empty");
	assert_refused("fileserver:/srv", "not well-formed XML: line 1");
	assert_refused("<junction>", "not well-formed XML");
	assert_refused("<junction/><junction/>", "not well-formed XML");
	assert_refused("<location/>", "root element");
	assert_refused("<j:junction xmlns:j='u'/>", "root element");
	assert_refused("<junction/>", "no <location>");
	assert_refused("<junction><fileset/></junction>", "no <location>");
	assert_refused("<junction>" LOCATION("name='a'", "", "") "</junction>", "no <location>");
	assert_refused(JUNCTION("<name fsnuuid='d2b09895' nsdbname='nsdb.example.net'/>"), "FedFS");
}

static void refuses_other_encodings(void **state)
{
	static const char with_nul[] = JUNCTION(LOCATION("name='a'", "", ""));

	(void)state;
	assert_refused_bytes(with_nul, sizeof(with_nul), -EINVAL, "NUL");
	assert_refused(JUNCTION(LOCATION("name='a'", C("sm\370r"), "")), "not well-formed");
	/* It is UTF-8 whatever it says. */
	assert_reads("<?xml version='1.0' encoding='ISO-8859-1'?>" JUNCTION(LOCATION("name='a'", C("\303\270"), "")),
		     "a", "/\303\270");
}

static void refuses_declarations(void **state)
{
	(void)state;
	assert_refused("<!DOCTYPE junction>" JUNCTION(LOCATION("name='a'", "", "")), "document type declaration");
	assert_refused("<!DOCTYPE junction [<!ENTITY b 'c'>]>" JUNCTION(LOCATION("name='&b;'", "", "")),
		       "document type declaration");
	assert_refused("<!DOCTYPE junction [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>" JUNCTION(
			       LOCATION("name='a'", C("&b;"), "")),
		       "document type declaration");
	assert_refused("<!DOCTYPE junction SYSTEM 'http://192.0.2.1/a.dtd'><junction/>", "document type declaration");
	assert_refused(JUNCTION(LOCATION("name='&b;'", "", "")), "not well-formed");
}

static void refuses_bad_hosts(void **state)
{
	static const char *const names[] = { "a:b",	     "a b", "a/b", "a@b",	  "a+b",  "-a",		".a",
					     "fe80::1%eth0", "[a]", "[]",  "[192.0.2.7]", "a\\b", "sm\303\270r" };
	AUTO_STRBUF xml = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_STRBUF one = { 0 };

		strbuf_addf(&one, JUNCTION(LOCATION("name='%s'", "", "")), names[i]);
		assert_refused(one.text, "neither a host name nor an address");
	}
	strbuf_addf(&xml, JUNCTION(LOCATION("name='%0255d'", "", "")), 1);
	assert_refused(xml.text, "neither a host name nor an address");
	assert_refused(JUNCTION(LOCATION("name=''", "", "")), "is empty");
	assert_refused(JUNCTION(LOCATION("", "", "")), "no name=");
	assert_refused(JUNCTION("<location><path/></location>"), "no <host>");
}

static void refuses_bad_numbers(void **state)
{
	static const char *const ports[] = { "", "0", "-1", "+1", " 1", "1 ", "65536", "0x1", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		AUTO_STRBUF one = { 0 };

		strbuf_addf(&one, JUNCTION(LOCATION("name='192.0.2.7' port='%s'", "", "")), ports[i]);
		assert_refused(one.text, "port= of <host> is no number from 1 to 65535");
	}
	assert_refused(JUNCTION(LOCATION("name='a'", "", "<read rank='256'/>")), "rank= of <read>");
	assert_refused(JUNCTION(LOCATION("name='a'", "", "<read order='x'/>")), "order= of <read>");
}

/* A client that is sent to a name goes to port 2049: another server than the one that is meant. */
static void refuses_a_port_that_cannot_be_told(void **state)
{
	(void)state;
	assert_refused(JUNCTION(LOCATION("name='a.example' port='20049'", "", "")), "host a.example has port 20049");
}

static void refuses_bad_paths(void **state)
{
	AUTO_STRBUF component = { 0 }, path = { 0 }, many = { 0 };

	(void)state;
	assert_refused(JUNCTION("<location><host name='a'/></location>"), "no <path>");
	assert_refused(JUNCTION(LOCATION("name='a'", C(".."), "")), "\"..\"");
	assert_refused(JUNCTION(LOCATION("name='a'", C("b") C("&#46;."), "")), "\"..\"");
	assert_refused(JUNCTION(LOCATION("name='a'", C("."), "")), "\".\"");
	assert_refused(JUNCTION(LOCATION("name='a'", C(""), "")), "empty");
	assert_refused(JUNCTION(LOCATION("name='a'", C("b/c"), "")), "slash");
	assert_refused(JUNCTION(LOCATION("name='a'", C("b<i>c</i>"), "")), "elements in it");
	assert_refused(JUNCTION(LOCATION("name='a'", C("&#0;"), "")), "not well-formed");
	strbuf_addf(&component, JUNCTION(LOCATION("name='a'", C("%0256d"), "")), 1);
	assert_refused(component.text, "longer than 255 bytes");
	strbuf_addf(&path, "%s", "<junction><fileset><location><host name='a'/><path>");
	for (int i = 0; i < 16; i++)
		strbuf_addf(&path, C("%0255d"), 1);
	strbuf_addf(&path, "%s", "</path></location></fileset></junction>");
	assert_refused(path.text, "more than 4095 bytes");
	strbuf_addf(&many, "%s", "<junction><fileset><location><host name='a'/><path>");
	for (int i = 0; i < 513; i++)
		strbuf_addf(&many, C("b"));
	strbuf_addf(&many, "%s", "</path></location></fileset></junction>");
	assert_refused(many.text, "more than 512 components");
}

static void repeat(struct strbuf *out, const char *before, const char *text, unsigned int times, const char *after)
{
	strbuf_addf(out, "%s", before);
	for (unsigned int i = 0; i < times; i++)
		strbuf_add(out, text, strlen(text));
	strbuf_addf(out, "%s", after);
	assert_false(out->failed);
}

static void has_limits(void **state)
{
	AUTO_STRBUF deep = { 0 }, wide = { 0 }, most = { 0 }, more = { 0 }, large = { 0 };
	AUTO_JUNCTION junction = { 0 };
	struct error e;

	(void)state;
	repeat(&deep, "<junction>", "<a>", 20000, "");
	assert_refused(deep.text, "nested deeper");
	repeat(&wide, "<junction>", "<a/>", JUNCTION_ELEMENTS_MAX, "</junction>");
	assert_refused(wide.text, "more elements");
	repeat(&most, "<junction><fileset>", LOCATION("name='a'", C("b"), ""), JUNCTION_LOCATIONS_MAX,
	       "</fileset></junction>");
	assert_int_equal(parse(most.text, &junction, &e), 0);
	assert_int_equal(junction.count, JUNCTION_LOCATIONS_MAX);
	repeat(&more, "<junction><fileset>", LOCATION("name='a'", C("b"), ""), JUNCTION_LOCATIONS_MAX + 1,
	       "</fileset></junction>");
	assert_refused(more.text, "more than 128");
	repeat(&large, "<junction>", " ", JUNCTION_XML_MAX, "</junction>");
	assert_refused_bytes(large.text, large.size, -EFBIG, "more than the 65536");
}

static void names_the_line(void **state)
{
	(void)state;
	assert_refused("<junction>\n<fileset>\n" LOCATION("name='a'", "", "") "\n" LOCATION("name=''", "",
											    "") "</fileset></junction>",
		       "line 4, <location>: ");
}

/* A program's standard error is its own. */
static void says_nothing_by_itself(void **state)
{
	char name[] = "/tmp/test_junction.XXXXXX";
	int file = mkstemp(name), old = dup(STDERR_FILENO);
	struct error e;
	struct stat st;

	(void)state;
	assert_true(file >= 0 && old >= 0);
	assert_int_equal(unlink(name), 0);
	fflush(stderr);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	for (size_t size = 0; size < sizeof(as_nfsref) - 16; size += 3) {
		AUTO_JUNCTION junction = { 0 };

		if (junction_parse(as_nfsref, size, &junction, &e) != -EINVAL)
			break;
	}
	fflush(stderr);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	assert_int_equal(fstat(file, &st), 0);
	close(old);
	close(file);
	assert_int_equal(st.st_size, 0);
}

static void takes_no_error_object(void **state)
{
	AUTO_JUNCTION junction = { 0 };

	(void)state;
	assert_int_equal(junction_parse("<junction/>", 11, &junction, NULL), -EINVAL);
	assert_int_equal(junction_parse(JUNCTION("<location/>"), strlen(JUNCTION("<location/>")), &junction, NULL),
			 -EINVAL);
	junction_free(NULL);
}

/* ---- folders ---------------------------------------------------------------------- */

/* What the made-up system calls answer. */
static struct {
	mode_t mode;
	int lstat_error, attribute_error;
	const char *attribute;
	unsigned int asked; /* how often the attribute was */
} folder;

static int made_up_lstat(const char *path, struct stat *st)
{
	assert_string_equal(path, "/srv/jun\nction");
	memset(st, 0, sizeof(*st));
	st->st_mode = folder.mode;
	errno = folder.lstat_error;
	return folder.lstat_error ? -1 : 0;
}

static ssize_t made_up_lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	assert_string_equal(path, "/srv/jun\nction");
	assert_string_equal(name, "trusted.junction.nfs");
	assert_true(size == JUNCTION_XML_MAX);
	folder.asked++;
	errno = folder.attribute_error;
	if (folder.attribute_error)
		return -1;
	memcpy(value, folder.attribute, strlen(folder.attribute));
	return (ssize_t)strlen(folder.attribute);
}

static int read_made_up(struct junction *junction, struct error *e)
{
	static const struct junction_calls calls = { made_up_lstat, made_up_lgetxattr };

	folder.asked = 0;
	memset(e, 0, sizeof(*e));
	return junction_read_with(&calls, "/srv/jun\nction", junction, e);
}

static void reads_marked_folders_only(void **state)
{
	static const mode_t marked[] = { S_IFDIR | 01000, S_IFDIR | 01644, S_IFDIR | 07000 };
	static const mode_t others[] = { S_IFDIR | 00755, S_IFDIR | 01755, S_IFDIR | 01001, S_IFDIR | 01010,
					 S_IFDIR | 01100, S_IFDIR | 00000, S_IFREG | 01000, S_IFLNK | 01000 };
	struct error e;

	(void)state;
	folder.lstat_error = folder.attribute_error = 0;
	folder.attribute = as_nfsref;
	for (size_t i = 0; i < ARRAY_SIZE(marked); i++) {
		AUTO_JUNCTION junction = { 0 };

		folder.mode = marked[i];
		assert_int_equal(read_made_up(&junction, &e), 1);
		assert_int_equal(junction.count, 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		AUTO_JUNCTION junction = { 0 };

		folder.mode = others[i];
		assert_int_equal(read_made_up(&junction, &e), 0);
		assert_int_equal(folder.asked, 0);
		assert_int_equal(junction.count, 0);
	}
}

static void tells_absent_from_bad(void **state)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e;

	(void)state;
	folder.mode = S_IFDIR | 01000;
	folder.lstat_error = 0;
	folder.attribute_error = ENODATA;
	assert_int_equal(read_made_up(&junction, &e), 0);
	folder.attribute_error = ENOTSUP;
	assert_int_equal(read_made_up(&junction, &e), 0);
	folder.attribute_error = EIO;
	assert_int_equal(read_made_up(&junction, &e), -EIO);
	assert_non_null(strstr(e.text, "cannot read the attribute trusted.junction.nfs of /srv/jun\\x0action: "));
	folder.attribute_error = ERANGE;
	assert_int_equal(read_made_up(&junction, &e), -EFBIG);
	folder.attribute_error = 0;
	folder.attribute = "";
	assert_int_equal(read_made_up(&junction, &e), -EINVAL);
	assert_string_equal(e.text, "the attribute trusted.junction.nfs of /srv/jun\\x0action: it is empty");
	folder.lstat_error = ESTALE;
	assert_int_equal(read_made_up(&junction, &e), -ESTALE);
	assert_int_equal(junction.count, 0);
}

/* Whether the attribute can be written depends on who runs this, and where: what is read follows. */
static void reads_real_folders(void **state)
{
	char top[] = "/tmp/test_junction.XXXXXX", dir[64], link[64], file[64];
	AUTO_JUNCTION junction = { 0 };
	struct error e;
	bool written;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/dir", top);
	snprintf(link, sizeof(link), "%s/link", top);
	snprintf(file, sizeof(file), "%s/file", top);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(symlink("dir", link), 0);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	written = !lsetxattr(dir, JUNCTION_ATTRIBUTE, as_nfsref, sizeof(as_nfsref) - 1, 0);
	assert_int_equal(junction_read(dir, &junction, &e), 0);
	assert_int_equal(chmod(dir, 01000), 0);
	assert_int_equal(junction_read(link, &junction, &e), 0);
	assert_int_equal(junction_read(file, &junction, &e), 0);
	assert_int_equal(junction_read(top, &junction, &e), 0);
	assert_int_equal(junction_read(dir, &junction, &e), written ? 1 : 0);
	assert_int_equal(junction.count, written ? 1 : 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(top), 0);
	assert_int_equal(junction_read(top, &junction, &e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_nfsref_writes),
		cmocka_unit_test(reads_hosts_as_the_kernel_lists_them),
		cmocka_unit_test(reads_ports_as_universal_addresses),
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(orders_locations_by_rank),
		cmocka_unit_test(reads_several_filesets),
		cmocka_unit_test(refuses_what_is_no_junction),
		cmocka_unit_test(refuses_other_encodings),
		cmocka_unit_test(refuses_declarations),
		cmocka_unit_test(refuses_bad_hosts),
		cmocka_unit_test(refuses_bad_numbers),
		cmocka_unit_test(refuses_a_port_that_cannot_be_told),
		cmocka_unit_test(refuses_bad_paths),
		cmocka_unit_test(has_limits),
		cmocka_unit_test(names_the_line),
		cmocka_unit_test(says_nothing_by_itself),
		cmocka_unit_test(takes_no_error_object),
		cmocka_unit_test(reads_marked_folders_only),
		cmocka_unit_test(tells_absent_from_bad),
		cmocka_unit_test(reads_real_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
