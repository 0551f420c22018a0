# What the Cortex-M processors have in common; each of them names its flags, its linker script and QEMU's machine first.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # a whole program needs our linker script
set(CMAKE_CXX_FLAGS_INIT "-mthumb ${FIRMWARE_CPU}")
set(CMAKE_ASM_FLAGS_INIT "${CMAKE_CXX_FLAGS_INIT}")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M ${FIRMWARE_MACHINE} -nographic -monitor none -serial none
  -semihosting-config enable=on,target=native -icount shift=0 -kernel)
set(FIRMWARE_DEVICE cortex_m)
