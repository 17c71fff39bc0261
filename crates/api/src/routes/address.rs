//! One address with all the methods it takes. Any other method is answered 405 with `Allow`, and HEAD is
//! answered wherever GET is.

use actix_web::{
    FromRequest, Handler, Resource, Responder, ResponseError, Route,
    dev::{AppService, HttpServiceFactory},
    guard,
    http::Method,
    web,
};

use crate::problem::Problem;

/// An address under construction: `at("/api/v1/things").get(list).post(create)`.
pub(crate) struct Address {
    resource: Resource,
    allowed: Vec<Method>,
}

/// The address with this pattern.
pub(crate) fn at(pattern: &str) -> Address {
    Address {
        resource: web::resource(pattern),
        allowed: Vec::new(),
    }
}

impl Address {
    /// Takes GET, and HEAD: the same without the body.
    pub(crate) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let either = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        self.taking(&[Method::GET, Method::HEAD], either.to(handler))
    }

    /// Takes POST.
    pub(crate) fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, handler)
    }

    /// Takes PUT.
    pub(crate) fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PUT, handler)
    }

    /// Takes DELETE.
    pub(crate) fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::DELETE, handler)
    }

    /// Takes this method.
    pub(crate) fn on<F, Args>(self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = web::method(method.clone()).to(handler);
        self.taking(&[method], route)
    }

    fn taking(mut self, methods: &[Method], route: Route) -> Self {
        self.allowed.extend_from_slice(methods);
        self.resource = self.resource.route(route);
        self
    }
}

impl HttpServiceFactory for Address {
    fn register(self, config: &mut AppService) {
        let allowed = self.allowed;
        let refuse = move || {
            let answer = Problem::method_not_allowed(&allowed).error_response();
            async move { answer }
        };
        self.resource
            .default_service(web::to(refuse))
            .register(config);
    }
}
