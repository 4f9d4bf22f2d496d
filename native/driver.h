/* What the library needs of the CUDA driver's interface, so that it is built without the toolkit. */
#ifndef ECLIP_DRIVER_H
#define ECLIP_DRIVER_H

#include <stddef.h>
#include <stdint.h>

typedef int CUresult;
typedef int CUdevice;
typedef struct context *CUcontext;
typedef struct green *CUgreenCtx;
typedef struct stream *CUstream;
typedef struct event *CUevent;
typedef struct function *CUfunction;
typedef struct graph *CUgraph;
typedef struct node *CUgraphNode;
typedef struct exec *CUgraphExec;

enum { CUDA_SUCCESS = 0, CUDA_ERROR_NOT_FOUND = 500, CUDA_ERROR_NOT_READY = 600 };
enum { CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901 };
enum { STREAM_NON_BLOCKING = 1, EVENT_DISABLE_TIMING = 2 };
enum { CAPTURE_MODE_RELAXED = 2 };
enum { PROC_ADDRESS_PER_THREAD_STREAM = 2 };
enum { GREEN_DEFAULT_STREAM = 1, RESOURCE_TYPE_SM = 1 };
enum { NODE_KERNEL = 0, NODE_MEMCPY = 1, NODE_MEMSET = 2, NODE_GRAPH = 4 };
/* From here on nodes own memory or decide at run time, and a graph with them cannot be doubled. */
enum { FIRST_NODE_NOT_COPIED = 10 };
enum { INSTANTIATE_UPLOAD = 2, INSTANTIATE_FOR_DEVICE = 4, INSTANTIATE_NODE_PRIORITY = 8 };
enum { ATTRIBUTE_PRIORITY = 8 };
enum { DEVICE_ATTRIBUTE_SMS = 16 };

/* CUdevResource as drivers up to CUDA 13.0 lay it out; newer headers declare a larger one. */
typedef struct {
  int type;
  unsigned char reserved[92];
  unsigned sm_count;
  unsigned char rest[44];
} DeviceResource;
_Static_assert(sizeof(DeviceResource) == 144, "the layout of driver 580");

/* CUgraphEdgeData. */
typedef struct {
  unsigned char from_port, to_port, type, reserved[5];
} EdgeData;

/* CUDA_KERNEL_NODE_PARAMS_v2. */
typedef struct {
  CUfunction func;
  unsigned grid[3], block[3], shared_bytes;
  void **kernel_params, **extra;
  void *kern;
  CUcontext ctx;
} KernelNodeParams;

/* CUDA_MEMSET_NODE_PARAMS_v2. */
typedef struct {
  unsigned long long dst;
  size_t pitch;
  unsigned value, element_size;
  size_t width, height;
  CUcontext ctx;
} MemsetParams;

/* CUDA_MEMCPY_NODE_PARAMS; `copy` is a CUDA_MEMCPY3D. */
typedef struct {
  int flags, reserved;
  CUcontext ctx;
  unsigned long long copy[25];
} MemcpyParams;

/* CUgraphNodeParams. */
typedef struct {
  int type, reserved0[3];
  union {
    MemsetParams memset;
    MemcpyParams memcpy;
    long long reserved1[29];
  };
  long long reserved2;
} NodeParams;
_Static_assert(sizeof(NodeParams) == 256, "the layout of CUgraphNodeParams");

/* CUDA_GRAPH_INSTANTIATE_PARAMS. */
typedef struct {
  uint64_t flags;
  CUstream upload_stream;
  CUgraphNode error_node;
  int result;
} InstantiateParams;

/* CUlaunchAttributeValue. */
typedef union {
  char pad[64];
  int priority;
} AttributeValue;

/* CUlaunchAttribute. */
typedef struct {
  int id;
  char pad[4];
  AttributeValue value;
} Attribute;

/* CUlaunchConfig. */
typedef struct {
  unsigned grid[3], block[3], shared_bytes;
  CUstream stream;
  Attribute *attributes;
  unsigned attribute_count;
} LaunchConfig;

#endif
