package io.nereid.server.tracing.opentelemetry;

import io.nereid.server.tracing.OpenTelemetryConfig;
import io.nereid.server.tracing.Trace;
import io.nereid.server.tracing.TraceContext;
import io.nereid.server.tracing.TraceEvent;
import io.nereid.server.tracing.TraceSink;
import io.nereid.server.tracing.TraceSpan;
import io.nereid.server.tracing.TraceStart;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes spans of finished traces and sends them: {@code InferRequest} for all of a client's request, in it one with the
 * model's name for its way through the server, in that {@code compute}, and one for each request that the model has made
 * for its sake (docs/logging-and-tracing.md). Thread-safe; spans that
 * cannot be sent fast enough are dropped, and the log says when the collector cannot be reached.
 */
public final class OpenTelemetryExport implements TraceSink {
    private static final String SCOPE = "triton-server";
    private static final String ROOT = "InferRequest";
    private static final String COMPUTE = "compute";
    private static final Set<String> OF_COMPUTE = Set.of("COMPUTE_START", "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START",
            "COMPUTE_END");
    private static final Set<String> OF_MODEL = Set.of("REQUEST_START", "QUEUE_START", "INFER_RESPONSE_COMPLETE",
            "REQUEST_END");
    private static final long CLOSE_SECONDS = 10;

    private final SdkTracerProvider provider;
    private final SpanIds ids;
    private final Tracer tracer;
    /** What makes wall-clock time of the machine's monotonic one. */
    private final long epochOffsetNanos;

    private OpenTelemetryExport(SdkTracerProvider provider, SpanIds ids, long epochOffsetNanos) {
        this.provider = provider;
        this.ids = ids;
        this.tracer = provider.get(SCOPE);
        this.epochOffsetNanos = epochOffsetNanos;
    }

    /** Starts the SDK's threads; nothing is sent yet. */
    public static TraceSink start(OpenTelemetryConfig config) {
        AttributesBuilder attributes = Attributes.builder();
        config.resource().forEach(attributes::put);
        BatchSpanProcessor processor = BatchSpanProcessor
                .builder(OtlpHttpSpanExporter.builder().setEndpoint(config.url()).build())
                .setMaxQueueSize(config.maxQueueSize()).setScheduleDelay(config.scheduleDelay())
                .setMaxExportBatchSize(config.maxExportBatchSize()).build();
        SpanIds ids = new SpanIds();
        SdkTracerProvider provider = SdkTracerProvider.builder().setSampler(Sampler.alwaysOn()).setIdGenerator(ids)
                .setResource(Resource.getDefault().merge(Resource.create(attributes.build())))
                .addSpanProcessor(processor).build();
        return new OpenTelemetryExport(provider, ids, epochOffset());
    }

    private static long epochOffset() {
        Instant now = InstantSource.system().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
    }

    @Override
    public void accept(Trace trace) {
        try {
            export(trace);
        } finally {
            trace.memory().release();
        }
    }

    private void export(Trace trace) {
        List<TraceEvent> events = trace.events();
        if (events.isEmpty()) {
            return;
        }
        TraceStart parent = trace.start().parent();
        if (parent == null) {
            exportClients(trace, events);
        } else {
            exportModels(trace, events, inside(parent.span()));
        }
    }

    /** A client's request: the span of all of it, and what is in it. */
    private void exportClients(Trace trace, List<TraceEvent> events) {
        TraceSpan called = trace.start().span();
        Span root = ids.start(span(ROOT, SpanKind.SERVER, parent(trace.start().context()), events),
                called == null ? null : called.traceId(), null);
        List<TraceEvent> ofModels = exportModels(trace, events, Context.root().with(root));
        add(root, events.stream().filter(event -> !OF_COMPUTE.contains(name(event)) && !ofModels.contains(event))
                .toList());
        end(root, events, trace.error());
    }

    /** The way of a request through the server; returns the events that its span has. */
    private List<TraceEvent> exportModels(Trace trace, List<TraceEvent> events, Context parent) {
        List<TraceEvent> ofModel = events.stream().filter(event -> OF_MODEL.contains(name(event))
                || event instanceof TraceEvent.TensorActivity).toList();
        List<TraceEvent> ofCompute = events.stream().filter(event -> OF_COMPUTE.contains(name(event))).toList();
        if (!ofModel.isEmpty()) {
            TraceSpan called = trace.start().span();
            Span model = ids.start(span(trace.model(), SpanKind.INTERNAL, parent, ofModel), null,
                    called == null ? null : called.spanId());
            model.setAttribute("triton.model_name", trace.model());
            model.setAttribute("triton.model_version", trace.version());
            model.setAttribute("triton.trace_id", trace.start().id());
            model.setAttribute("triton.trace_parent_id", trace.start().parentId());
            model.setAttribute("triton.request_id", trace.requestId());
            add(model, ofModel);
            if (!ofCompute.isEmpty()) {
                Span compute = ids.start(
                        span(COMPUTE, SpanKind.INTERNAL, Context.root().with(model), ofCompute), null, null);
                add(compute, ofCompute);
                end(compute, ofCompute, "");
            }
            end(model, ofModel, trace.error());
        }
        return ofModel;
    }

    private static Context inside(@Nullable TraceSpan span) {
        return span == null ? Context.root() : parent(new TraceContext(span.parent(), span.state()));
    }

    private static Context parent(@Nullable TraceContext context) {
        return context == null ? Context.root()
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), context, Headers.HERE);
    }

    private SpanBuilder span(String name, SpanKind kind, Context parent, List<TraceEvent> events) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent)
                .setStartTimestamp(epoch(events.getFirst()), TimeUnit.NANOSECONDS);
    }

    private void add(Span span, List<TraceEvent> events) {
        for (TraceEvent event : events) {
            span.addEvent(name(event), attributes(event), epoch(event), TimeUnit.NANOSECONDS);
        }
    }

    private void end(Span span, List<TraceEvent> events, String error) {
        if (!error.isEmpty()) {
            span.setStatus(StatusCode.ERROR, error);
        }
        span.end(epoch(events.getLast()), TimeUnit.NANOSECONDS);
    }

    private static String name(TraceEvent event) {
        return switch (event) {
            case TraceEvent.Timestamp timestamp -> timestamp.name();
            case TraceEvent.TensorActivity tensor -> tensor.activity();
        };
    }

    /** Of tensors the type and shape: a collector is no place for their data. */
    private static Attributes attributes(TraceEvent event) {
        return event instanceof TraceEvent.TensorActivity activity
                ? Attributes.builder().put("tensor.name", activity.tensor().name())
                        .put("tensor.dtype", activity.tensor().dataType().name())
                        .put("tensor.shape", activity.tensor().shape().toString()).build()
                : Attributes.empty();
    }

    private long epoch(TraceEvent event) {
        return event.nanos() + epochOffsetNanos;
    }

    @Override
    public void close() {
        provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private enum Headers implements TextMapGetter<TraceContext> {
        HERE;

        @Override
        public Iterable<String> keys(TraceContext context) {
            return List.of(TraceContext.PARENT, TraceContext.STATE);
        }

        @Override
        public @Nullable String get(@Nullable TraceContext context, String key) {
            return context == null ? null
                    : key.equals(TraceContext.PARENT) ? context.parent()
                            : key.equals(TraceContext.STATE) ? context.state() : null;
        }
    }
}
