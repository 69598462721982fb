//! Lists the buckets of a project with no more than an HTTP client: google-cloud-auth finds the credentials.

use google_cloud_auth::credentials::{Builder, CacheableResource};
use http::Extensions;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let project = arguments.next().ok_or("usage: list-buckets PROJECT ENDPOINT")?;
    let endpoint = arguments.next().ok_or("usage: list-buckets PROJECT ENDPOINT")?;

    let credentials = Builder::default().build()?;
    let CacheableResource::New { data: headers, .. } = credentials.headers(Extensions::new()).await? else {
        return Err("no headers for a first request".into());
    };
    let response = reqwest::Client::new()
        .get(format!("{endpoint}/storage/v1/b"))
        .query(&[("project", &project)])
        .headers(headers)
        .send()
        .await?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{status}: {}", response.text().await?).into());
    }
    let list: serde_json::Value = response.json().await?;
    for bucket in list["items"].as_array().into_iter().flatten() {
        println!("{}", bucket["name"].as_str().unwrap_or_default());
    }
    Ok(())
}
