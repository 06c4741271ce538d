"""Sentences that are one text with gaps: a row a call. What stands in braces is looked up in `fields.py`.

Sources: the man page of each call.
"""

_TABLE = """
truncate        {who} cut or stretched {path} to {length} bytes
ftruncate       {who} cut or stretched {thing} to {length} bytes; offsets stay where they are
fallocate       {who} reserved space for {len} bytes of {thing} from byte {offset}
sync            {who} had the kernel write everything in the page cache to disk
syncfs          {who} had the kernel write the whole file system of {thing} to disk
sync_file_range {who} had the kernel write {nbytes} bytes of {thing} to disk
fadvise64       {who} told the kernel how it will use {thing}: {advice_text}
readahead       {who} had the kernel read {count} bytes of {thing} into the page cache
flock           {who} {flock} {thing}
memfd_create    {who} made {new} as fd {result}: a file that is only in memory
memfd_secret    {who} made a secret piece of memory as fd {result}
statfs          {who} asked about the file system of {path}
fstatfs         {who} asked about the file system of {thing}
access          {who} may use {path} ({mode_text})
faccessat       {who} may use {path} ({mode_text})
faccessat2      {who} may use {path} ({mode_text})
rename          {who} renamed {oldpath} to {newpath}; descriptors on it stay open
renameat        {who} renamed {oldpath} to {newpath}; descriptors on it stay open
renameat2       {who} renamed {oldpath} to {newpath}; descriptors on it stay open
link            {who} gave the file {oldpath} a second name, {newpath}
linkat          {who} gave the file {oldpath} a second name, {newpath}
symlink         {who} made {linkpath} a symbolic link to {target}
symlinkat       {who} made {linkpath} a symbolic link to {target}
readlink        {who} read where the symbolic link {path} leads: {buf_text}
readlinkat      {who} read where the symbolic link {path} leads: {buf_text}
mkdir           {who} made the folder {path}
mkdirat         {who} made the folder {path}
rmdir           {who} removed the empty folder {path}
mknod           {who} made {path} ({mode_text})
mknodat         {who} made {path} ({mode_text})
chdir           {who} is in the folder {path} from now on
fchdir          {who} is in the folder {thing} from now on
getcwd          {who} asked which folder it is in: {buf_text}
chroot          {who} sees {path} as the root folder from now on
chmod           {who} set the permissions of {path} to {mode_text}
fchmod          {who} set the permissions of {thing} to {mode_text}; descriptors that are open keep working
fchmodat        {who} set the permissions of {path} to {mode_text}
fchmodat2       {who} set the permissions of {path} to {mode_text}
chown           {who} gave {path} to user {owner}, group {group}
lchown          {who} gave the link {path} to user {owner}, group {group}
fchown          {who} gave {thing} to user {owner}, group {group}
fchownat        {who} gave {path} to user {owner}, group {group}
utime           {who} set the times of {path}
utimes          {who} set the times of {path}
utimensat       {who} set the times of {path_or_thing}
futimesat       {who} set the times of {path}
umask           {who} set its mask to {mask_text} (it was {result_text}): these permissions are taken from new files
setxattr        {who} set the attribute {name} of {path}
lsetxattr       {who} set the attribute {name} of {path}
fsetxattr       {who} set the attribute {name} of {thing}
getxattr        {who} read the attribute {name} of {path}
lgetxattr       {who} read the attribute {name} of {path}
fgetxattr       {who} read the attribute {name} of {thing}
listxattr       {who} listed the attributes of {path}
flistxattr      {who} listed the attributes of {thing}
removexattr     {who} removed the attribute {name} of {path}
fremovexattr    {who} removed the attribute {name} of {thing}
mount           {who} mounted {source} at {target}
umount2         {who} unmounted {target}
pivot_root      {who} made {new_root} the root of the file system
munmap          {who} gave {length} bytes of mapped memory back; a file behind them stays as it is
mremap          {who} resized a mapping from {old_size} to {new_size} bytes
msync           {who} had the kernel write {length} bytes of mapped memory to the file behind them
setns           {who} moved into another namespace through {thing}
setsid          {who} started a session of its own, {result_text}, without a terminal
setpgid         {who} put {pid_text} into the process group {pgid_text}
prctl           {who} set or asked for a property of its process: {option_text}
prlimit64       {who} asked for its limit {resource_text}: {limit}
getrlimit       {who} asked for its limit {resource_text}: {limit}
setrlimit       {who} set its limit {resource_text}: {limit}
pidfd_send_signal {who} sent {sig_text} to the process behind fd {fd}
restart_syscall {who} went on with the call that a signal had interrupted
rt_sigpending   {who} asked which blocked signals wait for it: {set_text}
rt_sigtimedwait {who} took a waiting signal
rt_sigqueueinfo {who} sent {sig_text} to {tgid_text}
sigaltstack     {who} set or asked for the stack its signal handlers run on
getitimer       {who} asked how much time its timer has left
timerfd_gettime {who} asked how much time {thing} has left
inotify_rm_watch {who} stopped watching something through {thing}
fanotify_init   {who} made {new} as fd {result}: news of files can be read from it
userfaultfd     {who} made {new} as fd {result}: it will handle page faults of its own
perf_event_open {who} made {new} as fd {result}: a counter of what the processor does
bpf             {who} asked for something of the kernel's BPF machine
mq_open         {who} opened the message queue {name} as fd {result}
mq_unlink       {who} removed the message queue {name}
mq_timedsend    {who} put a message of {len} bytes into {thing}
mq_timedreceive {who} took a message of {result} bytes out of {thing}
open_tree       {who} took hold of the mount at {path} as fd {result}
fsopen          {who} began to set up a file system as fd {result}
fsmount         {who} made a mount of it as fd {result}
landlock_create_ruleset {who} made a set of access rules as fd {result}
kcmp            {who} compared what two processes share
getrandom       {who} got {result} random bytes from the kernel
io_uring_setup  {who} set up an io_uring as fd {result}: requests through it are no system calls and not seen here
io_uring_enter  {who} told the kernel to look at its io_uring
io_uring_register {who} told the kernel of buffers or files for its io_uring
brk             {who} moved the end of its heap
mprotect        {who} changed what it may do with some of its memory
madvise         {who} told the kernel how it will use some of its memory
futex           {who} waited for another thread, or woke one
set_tid_address {who} told the kernel where to clear its thread id when it ends
set_robust_list {who} told the kernel which locks it may hold when it ends
rseq            {who} registered its restartable sequences
arch_prctl      {who} set a register for thread-local memory
uname           {who} asked for the name of the system
sysinfo         {who} asked how much memory the machine has
clock_gettime   {who} asked what time it is
gettimeofday    {who} asked what time it is
time            {who} asked what time it is
getuid          {who} asked which user it runs as
geteuid         {who} asked which user it acts as
getgid          {who} asked which group it runs as
getegid         {who} asked which group it acts as
sched_yield     {who} let other threads run
sched_getaffinity {who} asked which processors it may run on
rt_sigreturn    {who} returned from a signal handler to where the signal had come
"""

TEMPLATES: dict[str, str] = {
    name: text.strip() for name, _, text in (line.partition(" ") for line in _TABLE.splitlines() if line)
}
