# Cortex-M4F: Armv7E-M with DSP instructions and single precision.
set(FIRMWARE_CPU "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard")
set(FIRMWARE_MACHINE mps2-an386)
set(FIRMWARE_LINKER_SCRIPT mps2.ld)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
