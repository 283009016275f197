package io.abelia.scheduler.http;

import static io.abelia.scheduler.http.HttpServer.json;

import io.abelia.scheduler.datastore.BlobStore;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.util.Map;

/** What a datastore answers by HTTP. */
final class DatastoreApi {
    private static final int MAX_PAGE = 1000;

    private final BlobStore store;

    DatastoreApi(final BlobStore store) {
        this.store = store;
    }

    void routes(final HttpServer server) {
        server.on(
                        "PUT",
                        "/data/<name>",
                        context -> json(
                                context, Map.of("digest", store.put(context.pathParam("name"), context.bodyAsBytes()))))
                .on("GET", "/data/<name>", this::get)
                .on("DELETE", "/data/<name>", this::delete)
                .on("DELETE", "/job_data/{id}", this::deleteJob)
                .on("GET", "/list", context -> list(context, ""))
                .on("GET", "/list/<prefix>", context -> list(context, context.pathParam("prefix")))
                .on("GET", "/free", context -> json(context, Map.of("bytes", store.free())));
    }

    private void get(final Context context) throws IOException {
        final byte[] content;
        try {
            content = store.get(context.pathParam("name"));
        } catch (final BlobStore.DamagedException e) {
            throw new NotFoundResponse(String.valueOf(e.getMessage())); // as good as not there: brokers bring it again
        }
        if (content == null) {
            throw new NotFoundResponse("there is no datum " + context.pathParam("name") + " here");
        }
        context.contentType("application/octet-stream").result(content);
    }

    private void delete(final Context context) throws IOException {
        if (!store.delete(context.pathParam("name"))) {
            throw new NotFoundResponse("there is no datum " + context.pathParam("name") + " here");
        }
        json(context, Map.of("deleted", 1));
    }

    /** Deletes all data whose names begin with a job's. */
    private void deleteJob(final Context context) throws IOException {
        int deleted = 0;
        for (final String name : store.list(context.pathParam("id") + "/", "", Integer.MAX_VALUE)) {
            deleted += store.delete(name) ? 1 : 0;
        }
        json(context, Map.of("deleted", deleted));
    }

    private void list(final Context context, final String prefix) throws IOException {
        final String after = context.queryParamAsClass("after", String.class).getOrDefault("");
        json(context, store.list(prefix, after, MAX_PAGE));
    }
}
