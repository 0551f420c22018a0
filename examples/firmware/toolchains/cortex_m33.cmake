# Cortex-M33: Armv8-M with DSP instructions and single precision.
set(FIRMWARE_CPU "-mcpu=cortex-m33 -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
set(FIRMWARE_MACHINE mps2-an505)
set(FIRMWARE_LINKER_SCRIPT mps2_an505.ld)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
