# Cortex-M7: as the M4F, two instructions at a time.
set(FIRMWARE_CPU "-mcpu=cortex-m7 -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
set(FIRMWARE_MACHINE mps2-an500)
set(FIRMWARE_LINKER_SCRIPT mps2.ld)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
