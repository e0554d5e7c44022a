//! Services, and who offers them: to be registered, and to be found. On the wire, it is Curator's
//! service discovery.

mod down;
mod instance;
mod provider;
mod registration;
mod services;
mod strategy;

pub use down::DownPolicy;
pub use instance::{ServiceInstance, ServiceType};
pub use provider::{Offer, ServiceProvider};
pub use registration::Registration;
pub use services::Services;
pub use strategy::{Random, RoundRobin, Sticky, Strategy};
