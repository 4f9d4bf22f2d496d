/* Asks for functions of the C library as it first had them, so that what is built beside a new one runs on any
   since 2.17. Compiled before each source where the library is built for the package. */
#if defined __x86_64__
#define FIRST(function, x64) __asm__(".symver " #function "," #function "@GLIBC_" x64);
#elif defined __aarch64__
#define FIRST(function, x64) __asm__(".symver " #function "," #function "@GLIBC_2.17");
#endif
FIRST(dladdr, "2.2.5")
FIRST(dlopen, "2.2.5")
FIRST(dlvsym, "2.2.5")
FIRST(pthread_getname_np, "2.12")
FIRST(pthread_mutex_trylock, "2.2.5")
FIRST(pthread_once, "2.2.5")
FIRST(pthread_rwlock_init, "2.2.5")
FIRST(pthread_rwlock_rdlock, "2.2.5")
FIRST(pthread_rwlock_unlock, "2.2.5")
FIRST(pthread_rwlock_wrlock, "2.2.5")
