"""What each errno means, in the words of errno(3), and the usual cause where the call does not matter much.

A row is `NAME meaning | usual cause`. Causes that depend on the call are in `failures.py`.
"""

_TABLE = """
EPERM operation not permitted | it takes a privilege, or a permission, that the process does not have
ENOENT no such file or directory | the name, or a folder on the way to it, is not there
ESRCH no such process | no process or thread has that id any more
EINTR interrupted system call | a signal came while it waited, and its handler was set without SA_RESTART
EIO input/output error | the device, or the terminal behind it, failed or is gone
ENXIO no such device or address | nobody is at the other end, or there is no such device
E2BIG argument list too long | arguments and environment together are too large
ENOEXEC exec format error | the file is no program the kernel can run; a script needs #! in its first line
EBADF bad file descriptor | that descriptor is not open, or not open for this
ECHILD no child processes | it has no child that it has not waited for already
EAGAIN resource temporarily unavailable | it would have had to wait, and was asked not to
ENOMEM out of memory | there is not enough memory for this
EACCES permission denied | the permissions of the file, or of a folder on the way, do not allow it
EFAULT bad address | it was given an address that is not in the process's memory
ENOTBLK block device required | only a block device will do
EBUSY device or resource busy | somebody else is using it
EEXIST file exists | there is something of that name already
EXDEV invalid cross-device link | the two are on different file systems
ENODEV no such device | that kind of file or device does not do this
ENOTDIR not a directory | a name on the way leads to something that is no folder
EISDIR is a directory | a folder is not read or written like a file
EINVAL invalid argument | an argument makes no sense for this kind of file
ENFILE too many open files in system | the whole system has no open file description left
EMFILE too many open files | the process has as many descriptors as it may: some were not closed
ENOTTY inappropriate ioctl for device | it is no terminal, or a kind of file that does not know this request
ETXTBSY text file busy | a program that is running cannot be written to
EFBIG file too large | the file would become larger than it may
ENOSPC no space left on device | the file system is full: nothing, or not all, was written
ESPIPE illegal seek | a pipe, socket or terminal has no offset to move
EROFS read-only file system | nothing can be changed on this file system
EMLINK too many links | the file has as many names as it can have
EPIPE broken pipe | nobody can read what would be written
EDOM numerical argument out of domain | the argument is outside what is possible
ERANGE result too large | the buffer is too small for the answer
EDEADLK resource deadlock avoided | everybody would wait for everybody
ENAMETOOLONG file name too long | a name has at most 255 bytes, a path 4,095
ENOLCK no locks available | the kernel has no more locks to give
ENOSYS function not implemented | this kernel does not have this call, or it is forbidden here
ENOTEMPTY directory not empty | only an empty folder can be removed
ELOOP too many levels of symbolic links | symbolic links lead in a circle, or one was not to be followed
ENODATA no data available | there is nothing of that kind
ETIME timer expired | the time was up
EPROTO protocol error | the two sides do not speak the same protocol
EOVERFLOW value too large for defined data type | the answer does not fit
EILSEQ invalid or incomplete character | the bytes are no valid character
ENOTSOCK socket operation on non-socket | that descriptor leads to something that is no socket
EDESTADDRREQ destination address required | the socket has no peer, and none was given
EMSGSIZE message too long | a datagram has to fit into one message
EPROTOTYPE protocol wrong type for socket | the protocol does not go with this type of socket
ENOPROTOOPT protocol not available | this socket has no such option
EPROTONOSUPPORT protocol not supported | this kind of socket has no such protocol
ESOCKTNOSUPPORT socket type not supported | there is no such type of socket
EOPNOTSUPP operation not supported | this kind of file or socket does not do this
EAFNOSUPPORT address family not supported | the address is of another family than the socket
EADDRINUSE address already in use | another socket has that address, or an old connection still holds the port
EADDRNOTAVAIL cannot assign requested address | that address is not one of this machine's
ENETDOWN network is down | the network is not up
ENETUNREACH network is unreachable | there is no way to that address
ECONNABORTED software caused connection abort | the connection was given up before accept
ECONNRESET connection reset by peer | the other side closed it while bytes were still unread, or broke it off
ENOBUFS no buffer space available | the kernel has no more memory for buffers
EISCONN transport endpoint is already connected | the socket is connected already
ENOTCONN transport endpoint is not connected | the socket is not connected to anybody
ETIMEDOUT connection timed out | the other side did not answer in time
ECONNREFUSED connection refused | nobody listens at that address
EHOSTUNREACH no route to host | there is no way to that machine
EALREADY operation already in progress | the connection is being made already
EINPROGRESS operation now in progress | the connection is being made; poll for writing tells when
ESTALE stale file handle | the file is gone from its server
EDQUOT disk quota exceeded | the user has used up their share of the disk
ECANCELED operation canceled | somebody called it off
"""

_ROWS = [line.partition(" ") for line in _TABLE.splitlines() if line]
MEANING: dict[str, str] = {name: text.partition(" | ")[0] for name, _, text in _ROWS}
CAUSE: dict[str, str] = {name: text.partition(" | ")[2] for name, _, text in _ROWS}
