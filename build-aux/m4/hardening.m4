dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl Collects the warning and hardening flags that this compiler takes into
dnl WARNING_CFLAGS, HARDENING_CFLAGS and HARDENING_LDFLAGS.
AC_DEFUN([NFSTLS_TRY_CFLAG], [
	AC_MSG_CHECKING([whether $CC takes $2])
	nfstls_saved=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	CFLAGS=$nfstls_saved
])
AC_DEFUN([NFSTLS_TRY_LDFLAG], [
	AC_MSG_CHECKING([whether the linker takes $2])
	nfstls_saved=$LDFLAGS
	LDFLAGS="$LDFLAGS $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	LDFLAGS=$nfstls_saved
])
AC_DEFUN([AX_NFSTLS_HARDENING], [
	WARNING_CFLAGS=
	m4_foreach_w([flag], [-Wall -Wextra -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
		-Wwrite-strings -Wvla -Wundef -Wshadow],
		[NFSTLS_TRY_CFLAG([WARNING_CFLAGS], m4_defn([flag]))])
	HARDENING_CFLAGS=
	m4_foreach_w([flag], [-fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
		-ftrivial-auto-var-init=zero -fno-strict-overflow],
		[NFSTLS_TRY_CFLAG([HARDENING_CFLAGS], m4_defn([flag]))])
	dnl Fortification needs optimisation, and warns without it; -O0 builds do without.
	AS_CASE([" $CFLAGS "], [*" -O0 "*], [],
		[NFSTLS_TRY_CFLAG([HARDENING_CFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2])])
	HARDENING_LDFLAGS=
	m4_foreach_w([flag], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack],
		[NFSTLS_TRY_LDFLAG([HARDENING_LDFLAGS], m4_defn([flag]))])
	AC_SUBST([WARNING_CFLAGS])
	AC_SUBST([HARDENING_CFLAGS])
	AC_SUBST([HARDENING_LDFLAGS])
])
