/* A program without the driver, or any library. */
int main(void) { return 7; }
