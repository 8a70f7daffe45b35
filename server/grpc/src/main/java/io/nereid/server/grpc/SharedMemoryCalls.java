package io.nereid.server.grpc;

import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.proto.CudaSharedMemoryRegisterRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryRegisterResponse;
import io.nereid.server.grpc.proto.CudaSharedMemoryStatusRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryStatusResponse;
import io.nereid.server.grpc.proto.CudaSharedMemoryUnregisterRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryUnregisterResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryRegisterRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryRegisterResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryStatusRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryStatusResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryUnregisterRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryUnregisterResponse;
import io.nereid.server.sharedmemory.CudaRegion;
import io.nereid.server.sharedmemory.SharedMemory;
import io.nereid.server.sharedmemory.SystemRegion;

/** The calls that register shared memory, take it away, and tell what is there. Thread-safe. */
record SharedMemoryCalls(SharedMemory regions) {
    SystemSharedMemoryStatusResponse system(SystemSharedMemoryStatusRequest request) throws InferenceException {
        SystemSharedMemoryStatusResponse.Builder response = SystemSharedMemoryStatusResponse.newBuilder();
        for (SystemRegion region : regions.system(request.getName())) {
            response.putRegions(region.name(), SystemSharedMemoryStatusResponse.RegionStatus.newBuilder()
                    .setName(region.name()).setKey(region.key()).setOffset(region.offset())
                    .setByteSize(region.byteSize()).build());
        }
        return response.build();
    }

    SystemSharedMemoryRegisterResponse registerSystem(SystemSharedMemoryRegisterRequest request)
            throws InferenceException {
        regions.registerSystem(request.getName(), request.getKey(), request.getOffset(), request.getByteSize());
        return SystemSharedMemoryRegisterResponse.getDefaultInstance();
    }

    SystemSharedMemoryUnregisterResponse unregisterSystem(SystemSharedMemoryUnregisterRequest request)
            throws InferenceException {
        regions.unregisterSystem(request.getName());
        return SystemSharedMemoryUnregisterResponse.getDefaultInstance();
    }

    CudaSharedMemoryStatusResponse cuda(CudaSharedMemoryStatusRequest request) throws InferenceException {
        CudaSharedMemoryStatusResponse.Builder response = CudaSharedMemoryStatusResponse.newBuilder();
        for (CudaRegion region : regions.cuda(request.getName())) {
            response.putRegions(region.name(), CudaSharedMemoryStatusResponse.RegionStatus.newBuilder()
                    .setName(region.name()).setDeviceId(region.deviceId()).setByteSize(region.byteSize()).build());
        }
        return response.build();
    }

    CudaSharedMemoryRegisterResponse registerCuda(CudaSharedMemoryRegisterRequest request) throws InferenceException {
        regions.registerCuda(request.getName(), request.getRawHandle().toByteArray(), request.getDeviceId(),
                request.getByteSize());
        return CudaSharedMemoryRegisterResponse.getDefaultInstance();
    }

    CudaSharedMemoryUnregisterResponse unregisterCuda(CudaSharedMemoryUnregisterRequest request)
            throws InferenceException {
        regions.unregisterCuda(request.getName());
        return CudaSharedMemoryUnregisterResponse.getDefaultInstance();
    }
}
