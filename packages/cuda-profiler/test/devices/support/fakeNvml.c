/*
 * A library with the binary interface of NVML for tests without a GPU: names, codes and layouts as published
 * copies of nvml.h have them (https://docs.nvidia.com/deploy/nvml-api); its answers are made up. Which functions
 * it has, and which
 * layout, depends on what it stands for:
 *   DRIVER      418, 470, 535 (the short-lived version 3 of 32 bytes), 550
 *   INIT_CODE   what nvmlInit_v2 returns
 *   LOST_AFTER  the last device is lost after so many questions about its power
 *   CONSUMER    no power, no utilisation: not supported
 *   MIG         the first device is in MIG mode with two slices
 *   DEVICES     number of devices, 2
 */
#include <stdint.h>
#include <string.h>

#ifndef DRIVER
#define DRIVER 550
#endif
#ifndef INIT_CODE
#define INIT_CODE 0
#endif
#ifndef DEVICES
#define DEVICES 2
#endif

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, SMALL = 7, LOST = 15, VERSION = 25 };

struct device { int index; int lost; int asked; };
static struct device devices[DEVICES + 2];
static int started = 0;
static int ended = 0;

int nvmlInit_v2(void) {
  if (INIT_CODE) return INIT_CODE;
  started++;
  for (int k = 0; k < DEVICES + 2; k++) devices[k].index = k;
  return OK;
}
int nvmlShutdown(void) {
  if (started == ended) return UNINITIALIZED;
  ended++;
  return OK;
}
int fakeOpen(void) { return started - ended; }

static int put(char *to, unsigned size, const char *text) {
  if (size < strlen(text) + 1) return SMALL;
  strcpy(to, text);
  return OK;
}
static int answer(struct device *device) { return device->lost ? LOST : OK; }

int nvmlSystemGetDriverVersion(char *to, unsigned size) {
  return put(to, size, DRIVER == 418 ? "418.226.00" : DRIVER == 470 ? "470.256.02" : DRIVER == 535 ? "535.86.05" : "550.90.12");
}
#if DRIVER == 418
int nvmlSystemGetCudaDriverVersion(int *to) { *to = 10010; return OK; }
#else
int nvmlSystemGetCudaDriverVersion_v2(int *to) { *to = DRIVER == 470 ? 11040 : DRIVER == 535 ? 12020 : 12040; return OK; }
#endif
int nvmlSystemGetProcessName(unsigned pid, char *to, unsigned size) {
  return pid == 4242 ? put(to, size, "/usr/bin/node") : NOT_FOUND;
}
int nvmlDeviceGetCount_v2(unsigned *to) { *to = DEVICES; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct device **to) {
  if (index >= DEVICES) return INVALID;
  *to = &devices[index];
  return OK;
}
int nvmlDeviceGetName(struct device *device, char *to, unsigned size) {
  if (device->index >= DEVICES) return put(to, size, "NVIDIA A100-SXM4-40GB MIG 3g.20gb");
  return answer(device) ? LOST : put(to, size, "NVIDIA A100-SXM4-40GB");
}
int nvmlDeviceGetUUID(struct device *device, char *to, unsigned size) {
  char text[] = "GPU-00000000-0000-0000-0000-00000000000x";
  text[39] = (char)('0' + device->index);
  if (device->index >= DEVICES) memcpy(text, "MIG", 3);
  return put(to, size, text);
}
int nvmlDeviceGetCudaComputeCapability(struct device *device, int *major, int *minor) {
  *major = 8;
  *minor = 0;
  return answer(device);
}

struct memory { uint64_t total, free, used; };
struct memory2 { uint32_t version; uint64_t total, reserved, free, used; };
#define GIB (1024ull * 1024 * 1024)
int nvmlDeviceGetMemoryInfo(struct device *device, struct memory *to) {
  *to = (struct memory){40 * GIB, 29 * GIB, 11 * GIB};
  return answer(device);
}
#if DRIVER >= 535
int nvmlDeviceGetMemoryInfo_v2(struct device *device, struct memory2 *to) {
  if (to->version != (sizeof(struct memory2) | 2u << 24)) return VERSION;
  *to = (struct memory2){to->version, 40 * GIB, 1 * GIB, 29 * GIB, 10 * GIB};
  return answer(device);
}
#endif

struct utilization { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(struct device *device, struct utilization *to) {
#ifdef CONSUMER
  return NOT_SUPPORTED;
#endif
  *to = (struct utilization){97, 41};
  return answer(device);
}
int nvmlDeviceGetClockInfo(struct device *device, unsigned type, unsigned *to) {
  if (type > 3) return INVALID;
  *to = type == 2 ? 1215 : 1095 + type;
  return answer(device);
}
int nvmlDeviceGetMaxClockInfo(struct device *device, unsigned type, unsigned *to) {
  *to = type == 2 ? 1215 : 1410;
  return answer(device);
}
int nvmlDeviceGetPowerUsage(struct device *device, unsigned *to) {
#ifdef CONSUMER
  return NOT_SUPPORTED;
#endif
  device->asked++;
#ifdef LOST_AFTER
  if (device->index == DEVICES - 1 && device->asked > LOST_AFTER) device->lost = 1;
#endif
  *to = 399250;
  return answer(device);
}
int nvmlDeviceGetEnforcedPowerLimit(struct device *device, unsigned *to) { *to = 400000; return answer(device); }
#if DRIVER >= 470
int nvmlDeviceGetTotalEnergyConsumption(struct device *device, uint64_t *to) {
  *to = 5000000000ull + 1000ull * device->asked;
  return answer(device);
}
#endif
#ifdef NEW_TEMPERATURE
struct temperature { uint32_t version; uint32_t sensor; int32_t degrees; };
int nvmlDeviceGetTemperatureV(struct device *device, struct temperature *to) {
  if (to->version != (sizeof(struct temperature) | 1u << 24) || to->sensor != 0) return VERSION;
  to->degrees = 71;
  return answer(device);
}
#else
int nvmlDeviceGetTemperature(struct device *device, unsigned sensor, unsigned *to) {
  if (sensor != 0) return INVALID;
  *to = 71;
  return answer(device);
}
#endif
#if DRIVER >= 535
int nvmlDeviceGetCurrentClocksEventReasons(struct device *device, uint64_t *to) { *to = 0x24; return answer(device); }
#else
int nvmlDeviceGetCurrentClocksThrottleReasons(struct device *device, uint64_t *to) { *to = 0x24; return answer(device); }
#endif

struct process { uint32_t pid; uint64_t memory;
#if DRIVER >= 470
  uint32_t gpu_instance, compute_instance;
#endif
#if DRIVER == 535
  uint64_t protected_memory;
#endif
};
static int list(struct device *device, unsigned *count, struct process *to, unsigned present) {
  unsigned room = *count;
  if (device->lost) return LOST;
  *count = present;
  if (room < present) return SMALL;
  for (unsigned k = 0; k < present; k++) {
    memset(&to[k], 0, sizeof to[k]);
    to[k].pid = k == 0 ? 4242 : 5000 + k;
    to[k].memory = k == 1 ? ~0ull : (uint64_t)(k + 1) * 1000000;
#if DRIVER >= 470
    to[k].gpu_instance = k == 2 ? 1 : ~0u;
    to[k].compute_instance = ~0u;
#endif
  }
  return OK;
}
/* More than a caller has room for at first. */
#define PRESENT 12
#if DRIVER == 418
int nvmlDeviceGetComputeRunningProcesses(struct device *d, unsigned *n, struct process *to) { return list(d, n, to, PRESENT); }
#elif DRIVER == 470
int nvmlDeviceGetComputeRunningProcesses_v2(struct device *d, unsigned *n, struct process *to) { return list(d, n, to, PRESENT); }
#else
int nvmlDeviceGetComputeRunningProcesses_v3(struct device *d, unsigned *n, struct process *to) { return list(d, n, to, PRESENT); }
int nvmlDeviceGetConfComputeMemSizeInfo(struct device *d, void *to) { (void)d; (void)to; return NOT_SUPPORTED; }
#if DRIVER != 535
int nvmlDeviceGetRunningProcessDetailList(struct device *d, void *to) { (void)d; (void)to; return NOT_SUPPORTED; }
#endif
#endif

#if DRIVER >= 470
int nvmlDeviceGetMigMode(struct device *device, unsigned *now, unsigned *next) {
#ifdef MIG
  *now = *next = device->index == 0;
  return answer(device);
#else
  (void)device; (void)now; (void)next;
  return NOT_SUPPORTED;
#endif
}
int nvmlDeviceGetMaxMigDeviceCount(struct device *device, unsigned *to) { *to = 7; return answer(device); }
int nvmlDeviceGetMigDeviceHandleByIndex(struct device *device, unsigned index, struct device **to) {
  /* Slices need not have the first numbers. */
  if (index != 1 && index != 2) return NOT_FOUND;
  *to = &devices[DEVICES + index - 1];
  return answer(device);
}
#endif
