package io.nereid.server.metrics;

import io.nereid.backend.device.PinnedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.Version;

import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/** What all models of the server hold together. */
record ServerMetrics(ModelCatalog models, Admission admission, TensorMemory memory, PinnedMemory pinned)
        implements
            MetricSource {
    @Override
    public void write(MetricsText text) {
        text.family("nereid_build_info", GAUGE, "What this server is; the value is always 1")
                .sample(Labels.NONE.with("version", Version.current()).with("triton_version",
                        Version.TRITON), 1);
        text.single("nereid_server_ready", GAUGE, "Whether the server is ready: 1, or 0",
                models.isReady() && !models.isStopping() ? 1 : 0);
        text.single("nereid_admission_inflight_requests", GAUGE,
                "Inference requests that were admitted and have no answer",
                admission.requests());
        text.single("nereid_admission_inflight_bytes", GAUGE, "Bytes of their bodies and answers", admission.bytes());
        text.single("nereid_admission_max_requests", GAUGE, "Most inference requests that are admitted at once",
                admission.maxRequests());
        text.single("nereid_admission_max_bytes", GAUGE, "Most bytes of them that are admitted at once",
                admission.maxBytes());
        text.single("nereid_tensor_memory_used_bytes", GAUGE, "Native memory that holds tensors, in bytes",
                memory.bytesInUse());
        text.single("nereid_tensor_memory_pooled_bytes", GAUGE, "Native memory kept at hand for tensors, in bytes",
                memory.pooledBytes());
        text.single("nereid_tensor_memory_max_bytes", GAUGE, "Most native memory that tensors may take, in bytes",
                memory.maxBytes());
        text.single("nv_pinned_memory_pool_total_bytes", GAUGE,
                "Host memory that is pinned for models on GPUs, in bytes; 0 while there are none", pinned.totalBytes());
        text.single("nv_pinned_memory_pool_used_bytes", GAUGE, "Pinned memory that holds tensors, in bytes",
                pinned.bytesInUse());
    }
}
