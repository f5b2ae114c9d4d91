# SPDX-License-Identifier: Apache-2.0
"""Starts a program that may make only the system calls named on stdin; every other one fails with EPERM.

    under_filter.py PROGRAM [ARGUMENT ...] < names
"""

import ctypes
import errno
import os
import sys

ALLOW = 0x7FFF0000
FAIL = 0x00050000 | errno.EPERM


def main() -> None:
    """Loads the filter and becomes the program."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(FAIL)))
    for name in sys.stdin.read().split():
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # known on this machine
            assert library.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), ctypes.c_int(number), 0) == 0, name
    assert library.seccomp_load(context) == 0
    os.execv(sys.argv[1], sys.argv[1:])


main()
