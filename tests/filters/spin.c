/* A process without any system call, so that it lives under any filter; built without a C library.
 */

void _start(void);

void _start(void)
{
    for (;;)
        __asm__ volatile("pause");
}
