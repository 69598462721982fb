import com.google.cloud.storage.Bucket;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;

/** Lists the buckets of a project: the sample of the documentation of google-cloud-storage, and where to find the API. */
public final class ListBuckets {
  public static void main(String[] arguments) throws Exception {
    String projectId = arguments[0];
    String endpoint = arguments[1];
    StorageOptions options = StorageOptions.newBuilder().setProjectId(projectId).setHost(endpoint).build();
    try (Storage storage = options.getService()) {
      for (Bucket bucket : storage.list().iterateAll()) {
        System.out.println(bucket.getName());
      }
    }
  }
}
